"""What is written is read back; whatever else comes is refused with a reason, and nothing ever gets past that."""

from __future__ import annotations

import contextlib
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.policy.load import parse_policy, parse_quote
from hybridface_operator.policy.reading import read
from hybridface_operator.policy.validate import problems
from hybridface_operator.spec.documents import Text, read_json, read_text
from hybridface_operator.spec.problems import SpecError
from support.json_schema import broken
from support.policies import EXAMPLES, inventory
from support.policies_random import inventories, policies, quotes, tenants

documents = inventories | policies | quotes | tenants
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["default", "rules"]), inner),
    max_leaves=20,
)
SCHEMAS = {
    file.name.removesuffix(".schema.json"): json.loads(file.read_text()) for file in EXAMPLES.glob("*.schema.json")
}
NAMES = {schema["title"]: name for name, schema in SCHEMAS.items()}


@given(documents)
def test_a_document_is_read_back_from_its_bytes(document):
    text = read_json(document.to_bytes().decode(), "x")
    assert read(type(document), text) == document
    assert type(document).from_bytes(document.to_bytes(), "x") == document


@given(documents)
def test_a_document_is_read_back_from_yaml(document):
    written = yaml.safe_dump(json.loads(document.to_bytes()), allow_unicode=True)
    (text,) = read_text(written, "x")
    assert read(type(document), text) == document


@given(documents)
def test_a_document_is_valid_by_its_schema(document):
    assert broken(SCHEMAS[NAMES[type(document).__name__]], json.loads(document.to_bytes())) == []


@given(policies, inventories)
def test_a_policy_comes_out_of_consul_if_and_only_if_it_has_no_problems(policy, pools):
    wrong = problems(policy, pools)
    if not wrong:
        assert parse_policy(policy.to_bytes(), "x", pools) == policy
        return
    with pytest.raises(SpecError) as caught:
        parse_policy(policy.to_bytes(), "x", pools)
    assert [problem.location for problem in caught.value.problems] == [problem.location for problem in wrong]


@given(st.binary() | values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_do_anything_but_be_read_or_refused(data):
    for parse in (lambda: parse_policy(data, "x", inventory()), lambda: parse_quote(data, "x")):
        with contextlib.suppress(SpecError):
            parse()


@given(policies, st.data())
def test_a_policy_with_one_value_replaced_is_read_or_refused(policy, data):
    document = json.loads(policy.to_bytes())
    at = document
    while isinstance(at, dict | list) and at:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            at[key] = data.draw(values)
            break
        at = at[key]
    with contextlib.suppress(SpecError):
        read(type(policy), Text(document))
