"""YAML and JSON before any schema."""

from __future__ import annotations

import pytest

from hybridface_operator.spec.documents import MAX_NODES, read_text
from hybridface_operator.spec.problems import SpecError


def said(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        read_text(text, "job.yaml")
    return str(caught.value)


def values(text: str) -> list[object]:
    return [document.value for document in read_text(text, "job.yaml")]


def test_documents_come_apart_and_empty_ones_are_left_out():
    assert values("---\n---\na: 1\n---\n# nothing\n---\nb: [x, 2, 0.5, true, ~]\n...\n") == [
        {"a": 1},
        {"b": ["x", 2, 0.5, True, None]},
    ]


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("a:\n  b:\n  - c: 1\n    d: 2\n  - e\n", [(1, 1), (1, 1), (4, 5), (5, 5)]),
        ('{\n\t"a": {\n\t\t"b": [{"c": 1,\n\t\t\t"d": 2}, "e"]}\n}\n', [(1, 1), (2, 2), (4, 4), (4, 13)]),
        ('{"a":{"b":[{"c":1,"d":2},"e"]}}', [(1, 1), (1, 2), (1, 19), (1, 26)]),
    ],
)
def test_positions_are_those_of_keys_and_items(text, positions):
    (document,) = read_text(text, "job.yaml")
    assert [document.position(path) for path in [(), ("a",), ("a", "b", 0, "d"), ("a", "b", 1)]] == positions


def test_json_that_yaml_does_not_read_has_no_positions():
    (document,) = read_text('{"a": "\x7f"}', "job.json")
    assert (document.value, document.position(("a",))) == ({"a": "\x7f"}, None)


def test_what_is_missing_is_where_the_nearest_thing_around_it_is():
    (document,) = read_text("a:\n  b:\n  - c: 1\n", "job.yaml")
    assert document.position(("a", "b", 0, "x", "y")) == (3, 5)


def test_dates_stay_the_text_that_they_are():
    assert values("expires: 2027-01-01T00:00:00Z\nday: 2027-01-01") == [
        {"expires": "2027-01-01T00:00:00Z", "day": "2027-01-01"}
    ]


def test_anchors_may_be_used():
    assert values("a: &x {uri: 1}\nb: *x\n") == [{"a": {"uri": 1}, "b": {"uri": 1}}]


def test_json_is_read_with_tabs_too():
    assert values('{\n\t"a": ["\\ud83d\\ude00"]\n}') == [{"a": ["\U0001f600"]}]


def test_flow_style_is_not_taken_for_bad_json():
    assert values("{a: b}") == [{"a": "b"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n\tc: 2\n", "job.yaml:3:1: a tab; YAML is indented with spaces"),
        ("a: 1\nb: 2\na: 3\n", 'job.yaml:3:1: the key "a" comes twice'),
        ("a:\n  b: 1\n  b: 2\n", 'job.yaml:3:3: a: the key "b" comes twice'),
        ('{"a": 1, "a": 2}', 'job.yaml:1:10: the key "a" comes twice'),
        ('{\n\t"a": 1\n\t"b": 2\n}', "job.yaml:3:2: not JSON: Expecting ',' delimiter"),
        ('{\n"a": [1, 2}\n', "job.yaml:2:11: not JSON: Expecting ',' delimiter"),
        ("a: [1, 2\nb: 3\n", "job.yaml:2:2: not YAML: expected ',' or ']', but got ':'"),
        ("a: b: c\n", "job.yaml:1:5: not YAML: mapping values are not allowed here"),
        ("a: *nobody\n", "job.yaml:1:4: not YAML: found undefined alias 'nobody'"),
        ("1: a\n", "job.yaml:1:1: 1 stands as a key; keys are strings"),
        ("? [a]\n: b\n", "job.yaml:1:3: a list or mapping stands as a key; keys are strings"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "job.yaml:3:3: c: the merge key << is not read; repeat the fields"),
        (
            "a: !!python/object:os.system x\n",
            "job.yaml:1:4: a: the tag tag:yaml.org,2002:python/object:os.system is not read",
        ),
        ("a: !!binary aGk=\n", "job.yaml:1:4: a: the tag tag:yaml.org,2002:binary is not read"),
        ("a: !!int x\n", "job.yaml:1:4: a: x is no number"),
        ("a: 1\nb: \x07\n", "job.yaml:2:4: the character U+0007 is not allowed"),
        (
            "%YAML 3.0\n---\na: 1\n",
            "job.yaml:1:1: not YAML: found incompatible YAML document (version 1.* is required)",
        ),
    ],
)
def test_what_json_could_not_say_is_refused(text, message):
    assert said(text) == message


def test_a_billion_laughs_are_not_laughed():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert f"more than {MAX_NODES} values, with those that aliases repeat" in said("\n".join(lines))


def test_what_contains_itself_is_refused():
    assert "nested deeper than 32 levels" in said("a: &a [*a]\n")


@pytest.mark.parametrize("text", ["[" * 100_000, "{" * 5000, '{"a":' * 5000, "- " * 20_000])
def test_deep_nesting_ends_in_words(text):
    assert said(text).startswith("job.yaml")
