"""Reads inventories, policies, grants and prices: files in YAML or JSON, values of Consul in JSON.

What is returned is valid by its schema and by the `validate` modules. All errors are SpecErrors, whose message has one
line for each problem: file, line, column, field, what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hybridface_operator.spec.documents import Text, read_text
from hybridface_operator.spec.load import load_document, only
from hybridface_operator.spec.problems import Problem, SpecError

from .inventory import Inventory
from .legacy import OlderPolicy, is_older, older_location, older_problems, translated
from .policy import Policy
from .quotes import Quote
from .reading import json_text, read, refuse
from .tenants import Tenants
from .validate import problems, warnings
from .validate_inventory import inventory_problems, inventory_warnings
from .validate_tenants import tenants_problems, tenants_warnings

MAX_POLICY_BYTES = 64 * 1024
"""Of a policy as JSON. Every decision is stored with the policy that it rests on, and Consul ends at 512 KiB."""
MAX_QUOTE_BYTES = 4 * 1024


def load_inventory(path: str | Path) -> Inventory:
    """The inventory of a file. Raises SpecError."""
    return check_inventory(path)[0]


def check_inventory(path: str | Path) -> tuple[Inventory, list[Problem]]:
    """The inventory of a file, and what in it is likely a mistake. Raises SpecError."""
    text = load_document(path, "inventory")
    inventory = _inventory(text)
    return inventory, text.placed(inventory_warnings(inventory))


def parse_inventory(text: str, where: str) -> Inventory:
    """The inventory of a text that is YAML or JSON. Raises SpecError."""
    return _inventory(only(read_text(text, where), "inventory", where))


def _inventory(text: Text) -> Inventory:
    inventory = read(Inventory, text)
    refuse(inventory_problems(inventory), text)
    return inventory


def load_policy(path: str | Path, inventory: Inventory) -> Policy:
    """The policy of a file, in today's form or the older one. Raises SpecError."""
    return check_policy(path, inventory)[0]


def check_policy(path: str | Path, inventory: Inventory) -> tuple[Policy, list[Problem]]:
    """The policy of a file, and what in it is likely a mistake. Raises SpecError."""
    text = load_document(path, "policy")
    policy = _policy(text, inventory)
    size = len(policy.to_bytes())
    if size > MAX_POLICY_BYTES:
        message = f"has {size} bytes as JSON; at most {MAX_POLICY_BYTES} are read: make rules wider, and fewer"
        raise SpecError([Problem(message, file=text.file)])
    return policy, text.placed(_as_written(warnings(policy, inventory), text))


def check_tenants(path: str | Path, work: str) -> tuple[Tenants, list[Problem]]:
    """The grants of a file, and what in them is likely a mistake. Raises SpecError.

    `work` is the prefix that no grant may reach into.
    """
    text = load_document(path, "list of tenants")
    tenants = read(Tenants, text)
    refuse(tenants_problems(tenants, work), text)
    return tenants, text.placed(tenants_warnings(tenants))


def parse_policy(data: bytes, where: str, inventory: Inventory) -> Policy:
    """The policy that is a value of Consul, in today's form or the older one. Raises SpecError."""
    return _policy(json_text(data, where, MAX_POLICY_BYTES), inventory)


def parse_quote(data: bytes, where: str) -> Quote:
    """The quote that is a value of Consul. Raises SpecError."""
    return read(Quote, json_text(data, where, MAX_QUOTE_BYTES))


def _policy(text: Text, inventory: Inventory) -> Policy:
    if is_older(text.value):
        older = read(OlderPolicy, text)
        refuse(older_problems(older, inventory), text)
        policy = translated(older, inventory)
    else:
        policy = read(Policy, text)
    refuse(_as_written(problems(policy, inventory), text), text)
    return policy


def _as_written(problems: Iterable[Problem], text: Text) -> Iterable[Problem]:
    """Problems of a policy, located in the document that it was read from."""
    return map(older_location, problems) if is_older(text.value) else problems
