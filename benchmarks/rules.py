"""Sixty rules in our expression language, and the same sixty in the languages of the peers.

36 plain, 12 not-any, 4 every, 4 count and 4 sum, of one to three terms, over single fields and one child table. Peers
have no unknown value, so the data that all of them get is two-valued: every answer is given, every section closed.
Choices are text for the peers that read dicts and whole numbers for OpenFisca, days are whole numbers for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from recruitcheck.rules.binding import Scope, bind
from recruitcheck.rules.grammar import (
    Aggregate,
    And,
    Arithmetic,
    Code,
    Compare,
    FieldRef,
    Node,
    Not,
    Number,
    OneOf,
    Or,
)
from recruitcheck.rules.standard import Check, Standard

CHILD = "contracts"
TEXTS = (
    # plain
    'legal_register_current == "yes"',
    'guarantee_valid == "yes" or half_year_returns_filed == "yes"',
    'ethical_policy_public == "yes" and policy_covers_principles == "yes"',
    'chain_mapped == "yes"',
    'staff_trained == "yes" and gift_rules_kept == "yes"',
    'payer_of_costs_written == "yes"',
    'arrivals_asked_about_fees == "yes" or workers_recruited < 10',
    'lends_or_refers_loans == "no"',
    'contract_explained_orally == "yes"',
    'locker_voluntary != "no"',
    'documents_returned_fast == "yes" and curfew_or_locked_doors == "no"',
    'age_verified == "yes"',
    'selection_by_merit_only == "yes"',
    'pregnancy_or_hiv_test == "no" and harassment_policy_covers_recruitment == "yes"',
    'asks_private_matters == "no" and data_access_limited == "yes" and workers_told_about_data == "yes"',
    'medical_results_to_worker_only == "yes"',
    'overtime_refusable == "yes" or provides_housing',
    'risk_assessment_done == "yes" and protective_gear_free == "yes"',
    'insured_from_first_day == "yes"',
    'complaint_channel_open == "yes" and waives_state_remedy == "no"',
    'union_ban_in_forms == "no"',
    'arrival_orientation_within_week == "yes" or interpretation_offered == "yes"',
    'return_travel_paid == "yes"',
    'residence_papers_renewed == "yes"',
    "licence_until >= licence_from",
    "workers_recruited > 20",
    "workers_employed >= migrants_employed",
    "workers_employed + workers_recruited >= migrants_employed * 2",
    "migrants_employed <= 100 or provides_housing",
    "not uses_subagents",
    "provides_housing or not uses_subagents",
    'selection in ("inspector", "random")',
    'kind == "agency" or workers_employed > 50',
    'region in ("R01", "R02", "R03", "R04", "R05", "R06")',
    'audit_kind == "site" and interpreter_independent',
    "ended_on >= started_on or ended_on >= period_until",
    # not any
    "not any(contracts, replaced_after_signing)",
    "not any(contracts, exit_penalty)",
    "not any(contracts, age_at_signing < 18)",
    "not any(contracts, hours_to_read < 24 and not understood_language)",
    "not any(contracts, departed_on < signed_on)",
    "not any(contracts, copy_given_on > departed_on and not copy_given)",
    "not any(contracts, notice_days > 100 or exit_penalty)",
    "not any(contracts, medical_on > departed_on)",
    'not any(contracts, destination == "SA" and not job_as_promised)',
    'not any(contracts, destination in ("QA", "AE", "SA") and authority_visa_on > departed_on)',
    "not any(contracts, not written and hours_to_read > 60)",
    "not any(contracts, age_at_signing > 65 and replaced_after_signing and exit_penalty)",
    # every
    "every(contracts, written)",
    "every(contracts, understood_language or copy_given)",
    "every(contracts, hours_to_read >= 12)",
    "every(contracts, job_as_promised and notice_days <= 110)",
    # count
    "count(contracts) >= 3",
    "count(contracts, exit_penalty) <= 2",
    'count(contracts, destination == "MA") >= 1',
    "count(contracts, age_at_signing >= 18 and written) > count(contracts, replaced_after_signing)",
    # sum
    "sum(contracts, notice_days) >= 200",
    "sum(contracts, hours_to_read, written) <= 300",
    "sum(contracts, notice_days, exit_penalty) * 2 <= sum(contracts, notice_days)",
    "sum(contracts, age_at_signing) >= 100",
)


def standard(shipped: Standard) -> Standard:
    """The sixty rules as a standard of sixty criteria that need no evidence and apply to everybody."""
    scope = Scope(shipped.questionnaire, {}, sample_section=shipped.policy.sample.section)
    like = next(c for c in shipped.criteria if c.enabled)
    criteria = tuple(
        replace(
            like,
            id=f"rule-{number}",
            audience=("agency", "employer"),
            checks=(Check("must", text, bind(text, scope)),),
            evidence="none",
            evidence_node=None,
            applies="",
            applies_node=None,
            gate=None,
            life_from=None,
            life_until=None,
            parameters={},
            derogations=(),
        )
        for number, text in enumerate(TEXTS)
    )
    return replace(shipped, criteria=criteria)


def nodes(of: Standard) -> list[Node]:
    return [criterion.checks[0].node for criterion in of.criteria]


# -- the same in text: plain Python, ZEN, CEL --------------------------------------------------------------------


class Words:
    """How one language writes what is not written alike everywhere."""

    single, row = "{}", "{}"
    both, either, no = "({} and {})", "({} or {})", "(not {})"
    among = "({} in [{}])"
    any, every, count, size, sum, total = "", "", "", "", "", ""

    def write(self, node: Node) -> str:
        match node:
            case And(parts=parts):
                return self._join(self.both, [self.write(part) for part in parts])
            case Or(parts=parts):
                return self._join(self.either, [self.write(part) for part in parts])
            case Not(part=part):
                return self.no.format(self.write(part))
            case Compare(op=op, left=left, right=right) | Arithmetic(op=op, left=left, right=right):
                return f"({self.write(left)} {op} {self.write(right)})"
            case OneOf(left=left, options=options):
                return self.among.format(self.write(left), ", ".join(self.write(option) for option in options))
            case FieldRef(field=field, row=row):
                return (self.row if row else self.single).format(field.id)
            case Code(value=value):
                return f'"{value}"'
            case Number(value=value):
                return str(value)
            case Aggregate(kind="count", cond=None):
                return self.size
            case Aggregate(kind="sum", cond=None, field=field):
                return self.total.format(self.write(field))
            case Aggregate(kind=kind, cond=cond, field=field):
                return getattr(self, kind).format(self.write(cond), field and self.write(field))
        raise TypeError(node)

    def _join(self, form: str, parts: list[str]) -> str:
        whole = parts[0]
        for part in parts[1:]:
            whole = form.format(whole, part)
        return whole


class Python(Words):
    single, row = 's["{}"]', 'r["{}"]'
    any, every = "any({} for r in rows)", "all({} for r in rows)"
    count, size = "sum({} for r in rows)", "len(rows)"
    sum, total = "sum({1} for r in rows if {0})", "sum({} for r in rows)"

    def function(self, of: list[Node]) -> Callable[[dict[str, Any]], tuple[bool, ...]]:
        """One function of one submission that gives all answers."""
        answers = ",\n".join(self.write(node) for node in of)
        space: dict[str, Any] = {}
        exec(f'def rules(s):\n rows = s["{CHILD}"]\n return ({answers})', space)
        return space["rules"]


class Zen(Words):
    row = "#.{}"
    any, every = f"some({CHILD}, {{}})", f"all({CHILD}, {{}})"
    count, size = f"count({CHILD}, {{}})", f"len({CHILD})"
    sum, total = f"sum(map(filter({CHILD}, {{0}}), {{1}}))", f"sum(map({CHILD}, {{}}))"


class Cel(Words):
    row = "r.{}"
    both, either, no = "({} && {})", "({} || {})", "(!{})"
    any, every = f"{CHILD}.exists(r, {{}})", f"{CHILD}.all(r, {{}})"
    count, size = f"size({CHILD}.filter(r, {{}}))", f"size({CHILD})"
    sum, total = f"total({CHILD}.filter(r, {{0}}).map(r, {{1}}))", f"total({CHILD}.map(r, {{}}))"


# -- the same over arrays: OpenFisca -----------------------------------------------------------------------------


def arrays(node: Node, group: Any, get: Callable[[str, bool], Any]) -> Any:
    """A rule over OpenFisca's arrays: ``group`` is the population, ``get`` a variable of it or of its members."""

    def now(part: Node) -> Any:
        return arrays(part, group, get)

    match node:
        case And(parts=parts):
            whole = now(parts[0])
            for part in parts[1:]:
                whole = whole & now(part)
            return whole
        case Or(parts=parts):
            whole = now(parts[0])
            for part in parts[1:]:
                whole = whole | now(part)
            return whole
        case Not(part=part):
            return ~now(part)
        case OneOf(left=left, options=options):
            value = now(left)
            whole = value == options[0].code
            for option in options[1:]:
                whole = whole | (value == option.code)
            return whole
        case FieldRef(field=field, row=row):
            return get(field.id, row)
        case Code(code=code):
            return code
        case Number(value=value):
            return value
        case Compare(op=op, left=left, right=right) | Arithmetic(op=op, left=left, right=right):
            a, b = now(left), now(right)
            return {
                "==": lambda: a == b,
                "!=": lambda: a != b,
                "<": lambda: a < b,
                "<=": lambda: a <= b,
                ">": lambda: a > b,
                ">=": lambda: a >= b,
                "+": lambda: a + b,
                "*": lambda: a * b,
            }[op]()
        case Aggregate(kind="any", cond=cond):
            return group.any(now(cond))
        case Aggregate(kind="every", cond=cond):
            return group.all(now(cond))
        case Aggregate(kind="count", cond=None):
            return group.nb_persons()
        case Aggregate(kind="count", cond=cond):
            return group.sum(now(cond))
        case Aggregate(kind="sum", cond=cond, field=field):
            value = now(field)
            return group.sum(value if cond is None else value * now(cond))
    raise TypeError(node)
