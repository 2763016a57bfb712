"""Reads inventories, policies, grants and prices: files in YAML or JSON, values of Consul in JSON.

What is returned satisfies its schema and everything that `problems` and its like ask for. All errors are SpecErrors,
whose message has one line for each problem: file, line, field, what is wrong and what to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from hybridface_operator.spec.documents import Text, read_text
from hybridface_operator.spec.load import load_documents
from hybridface_operator.spec.problems import Problem, SpecError

from .inventory import Inventory
from .legacy import OlderPolicy, is_older, older_location, translated
from .policy import Policy
from .price import Quote
from .reading import json_text, placed, read, refuse
from .tenants import Tenants
from .validate import problems
from .validate_inventory import inventory_problems
from .validate_tenants import tenants_problems

Model = TypeVar("Model", bound=BaseModel)

MAX_POLICY_BYTES = 64 * 1024
"""Of a policy as JSON. Every decision is stored with the policy that it rests on, and Consul ends at 512 KiB."""
MAX_QUOTE_BYTES = 4 * 1024


def load_inventory(path: str | Path) -> Inventory:
    """The inventory of a file. Raises SpecError."""
    return _inventory(load_text(path, "inventory"), str(path))


def parse_inventory(text: str, where: str) -> Inventory:
    """The inventory of a text that is YAML or JSON. Raises SpecError."""
    return _inventory(_only(read_text(text, where), "inventory", where), where)


def _inventory(text: Text, where: str) -> Inventory:
    inventory = read(Inventory, text, where)
    refuse(inventory_problems(inventory), text, where)
    return inventory


def load_policy(path: str | Path, inventory: Inventory) -> Policy:
    """The policy of a file, in today's form or the older one. Raises SpecError."""
    policy = _policy(load_text(path, "policy"), str(path), inventory)
    size = len(policy.to_bytes())
    if size > MAX_POLICY_BYTES:
        message = f"has {size} bytes as JSON; at most {MAX_POLICY_BYTES} are read: make rules wider, and fewer"
        raise SpecError([Problem(message, file=str(path))])
    return policy


def load_tenants(path: str | Path, work: str | None = None) -> Tenants:
    """The grants of a file; `work` is the prefix that none may reach into. Raises SpecError."""
    text = load_text(path, "list of tenants")
    tenants = read(Tenants, text, str(path))
    refuse(tenants_problems(tenants, work), text, str(path))
    return tenants


def parse_policy(data: bytes, where: str, inventory: Inventory) -> Policy:
    """The policy that is a value of Consul, in today's form or the older one. Raises SpecError."""
    return _policy(json_text(data, where, MAX_POLICY_BYTES), where, inventory)


def parse_quote(data: bytes, where: str) -> Quote:
    """The quote that is a value of Consul. Raises SpecError."""
    return read(Quote, json_text(data, where, MAX_QUOTE_BYTES), where)


def load_text(path: str | Path, what: str) -> Text:
    """The one document of a YAML or JSON file; `what` it is to be is for the message. Raises SpecError."""
    return _only(load_documents(path), what, str(path))


def _only(texts: list[Text], what: str, where: str) -> Text:
    if len(texts) != 1:
        raise SpecError([Problem(f"has {len(texts)} documents; one {what} is wanted", file=where)])
    return texts[0]


def _policy(text: Text, where: str, inventory: Inventory) -> Policy:
    if not is_older(text.value):
        policy = read(Policy, text, where)
        refuse(problems(policy, inventory), text, where)
        return policy
    older = read(OlderPolicy, text, where)
    try:
        policy = translated(older, inventory)
    except SpecError as error:
        raise SpecError(placed(error.problems, text, where)) from None
    refuse((older_location(problem) for problem in problems(policy, inventory)), text, where)
    return policy
