"""A fictitious audit in which everything is in order, and small helpers to change it.

Only ``Random.random`` is used, whose sequence Python promises to keep: the same name gives the same record.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from recruitcheck import library

Record = dict[str, Any]
Row = dict[str, Any]

STANDARD: Final = "ethical-recruitment@2026.1"
COUNTRIES: Final = ("MA",)

#: the Moroccan minimum wage for 191 hours, as in the national rules of the standard
MINIMUM_MONTH: Final = Decimal("3422.72")

TOPICS: Final = [f"OR-{number:02}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 18)]

#: what a worker says where all is well
CONTENT: Final = {
    "paid_fee": "no",
    "gave_deposit": "no",
    "owes_chain": "no",
    "understood_contract": "yes",
    "pressed_to_sign": "no",
    "terms_changed": "no",
    "has_copy": "yes",
    "holds_own_papers": "yes",
    "free_to_leave_site": "yes",
    "free_to_resign": "yes",
    "threatened": "no",
    "wages_held_back": "no",
    "treated_unequally": "no",
    "asked_private_tests": "no",
    "harassed": "no",
    "paid_in_full": "yes",
    "works_safely": "yes",
    "knows_channel": "yes",
    "suffered_reprisal": "no",
    "free_to_organise": "yes",
    "attended_orientation": "yes",
}

#: the practices whose good answer is no
_NO: Final = (
    "lends_or_refers_loans",
    "curfew_or_locked_doors",
    "pregnancy_or_hiv_test",
    "asks_private_matters",
    "waives_state_remedy",
    "union_ban_in_forms",
)

WORDS: Final = {
    "en": {
        "inspectors": "Fictitious inspection service, 2 inspectors",
        "owner": "Managing director",
        "action": "Write the payer of every cost into the service agreements",
        "finding": "The payer was named in some agreements only",
        "made_up": "fictitious",
    },
    "fr": {
        "inspectors": "Service d'inspection fictif, 2 inspecteurs",
        "owner": "Direction",
        "action": "Inscrire le payeur de chaque coût dans les conventions de service",
        "finding": "Le payeur n'était nommé que dans certaines conventions",
        "made_up": "fictif",
    },
    "ar": {
        "inspectors": "مصلحة تفتيش وهمية، مفتشان",
        "owner": "الإدارة",
        "action": "كتابة الطرف الذي يؤدي كل تكلفة في اتفاقيات الخدمة",
        "finding": "لم يُذكر الطرف المؤدي إلا في بعض الاتفاقيات",
        "made_up": "مثال وهمي",
    },
}


@dataclass(frozen=True)
class Story:
    """Who is audited, when, and how much was looked at."""

    id: str
    language: str
    kind: str
    names: tuple[str, str, str]  # ar, fr, en
    town: str
    region: str
    sectors: tuple[str, ...]
    destination: str
    wage: str  # monthly, in `currency`
    currency: str
    jobs: tuple[str, ...]
    ended_on: date
    recruited: int
    employed: int
    migrants: int = 0
    hours: str = "44"
    interviews: int = 28
    contracts: int = 16
    payslips: int = 16
    adverts: int = 6
    complaints: int = 4
    subagents: tuple[str, ...] = ()
    housing: int = 0
    spoken: tuple[str, ...] = ("darija",)
    comments: dict[str, str] = field(default_factory=dict)
    organisation: str = ""  # what two audits of one organisation share

    @property
    def reference(self) -> str:
        return f"SAMPLE-2026-{_four_digits(self.id)}"

    @property
    def register(self) -> str:
        return _four_digits(self.organisation or self.id)

    @property
    def is_agency(self) -> bool:
        return self.kind == "agency"


def _four_digits(text: str) -> str:
    return str(int(hashlib.sha256(text.encode()).hexdigest(), 16) % 9000 + 1000)


class Luck:
    """A seeded sequence: the same story, the same numbers."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random

    def between(self, low: int, high: int) -> int:
        return low + int(self._random() * (high - low + 1))

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self._random() * len(choices))]

    def codes(self, count: int) -> list[str]:
        """Random worker codes such as k3q9, each once."""
        letters, digits = "bcdfghjkmnpqrstvwxz", "23456789"
        found: dict[str, None] = {}
        while len(found) < count:
            found["".join(self.pick(kind) for kind in (letters, digits, letters, digits))] = None
        return list(found)


def money(amount: str | int | Decimal, currency: str = "MAD") -> dict[str, str]:
    return {"amount": str(Decimal(amount).quantize(Decimal("0.01"))), "currency": currency}


def rows(record: Record, section: str) -> list[Row]:
    return record["sections"][section]["rows"]


def change(record: Record, section: str, numbers: Iterable[int], **values: Any) -> None:
    """Puts values into some rows of a table, counted from 1 as a person counts them."""
    for number in numbers:
        rows(record, section)[number - 1].update(values)


def shift(day: str, days: int) -> str:
    """An ISO day, so many days later."""
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


# ---- everything in order ---------------------------------------------------------------------------------------------


def in_order(story: Story) -> Record:
    """The audit of an organisation in which nothing is amiss."""
    luck = Luck(story.id)
    interviews = _interviews(story, luck)
    tables: dict[str, list[Row]] = {
        "contracts": [_contract(story, luck, number) for number in range(1, story.contracts + 1)],
        "adverts": [_advert(story, luck, number) for number in range(1, story.adverts + 1)],
        "payroll": [_payslip(story, luck, number) for number in range(1, story.payslips + 1)],
        "subagents": [_subagent(story, name) for name in story.subagents],
        "complaints": [_complaint(story, luck, number) for number in range(1, story.complaints + 1)],
        "orientation": _orientation(story, luck),
        "housing": [_room(luck, number) for number in range(1, story.housing + 1)],
        "documents": _documents(story),
        "corrective": [_action(story)],
        "interviews": interviews,
        "fees": _fees(story, luck, [row["worker"] for row in interviews]),
    }
    record: Record = {
        "organisation": _organisation(story),
        "audit": _audit(story),
        "practices": _practices(story),
        "sections": {name: {"state": "complete" if found else "none", "rows": found} for name, found in tables.items()},
    }
    if story.comments:
        record["comments"] = {"practices": dict(story.comments)}
    return record


def _codes(choice_set: str) -> list[str]:
    """Every choice of a set of the questionnaire."""
    fields = (f for section in library.load(STANDARD).questionnaire.sections for f in section.fields)
    return [choice.id for choice in next(f for f in fields if f.choice_set == choice_set).choices]


def _before(story: Story, days: int) -> str:
    return (story.ended_on - timedelta(days)).isoformat()


def _organisation(story: Story) -> Row:
    made_up = WORDS[story.language]["made_up"]
    row: Row = {
        "name_ar": f"{story.names[0]} (مثال وهمي)",
        "name_fr": f"{story.names[1]} (fictif)",
        "name_en": f"{story.names[2]} (fictitious)",
        "kind": story.kind,
        "trade_register": f"SAMPLE-RC-{story.register}",
        "tax_number": f"SAMPLE-ICE-{story.register}",
        "address": f"{story.town} ({made_up})",
        "region": story.region,
        "sectors": list(story.sectors),
        "workers_employed": story.employed,
        "workers_recruited": story.recruited,
        "migrants_employed": story.migrants,
        "main_destination": story.destination,
        "uses_subagents": bool(story.subagents),
        "provides_housing": bool(story.housing),
    }
    if story.is_agency:
        row |= {
            "licence_number": f"SAMPLE-LIC-{story.register}",
            "licence_from": "2024-05-02",
            "licence_until": "2028-05-01",
            "paid_capital": money(300_000),
            "capital_on": "2025-12-31",
            "deposit": money(2_060_000),
            "deposit_on": "2026-01-19",
        }
    return row


def _audit(story: Story) -> Row:
    return {
        "reference": story.reference,
        "audit_kind": "site",
        "started_on": _before(story, 3),
        "ended_on": story.ended_on.isoformat(),
        "period_from": _before(story, 368),
        "period_until": _before(story, 4),
        "inspectors": WORDS[story.language]["inspectors"],
        "hours_on_site": "21.5",
        "selection": "random",
        "interpreter_independent": True,
        "previous_audit": f"SAMPLE-2025-{story.reference[-4:]}",
    }


def _practices(story: Story) -> Row:
    questions = library.load(STANDARD).questionnaire.section("practices")
    assert questions is not None
    asked = [f for f in questions.fields if story.kind in f.asked and f.id != "documents_seen"]
    row: Row = {f.id: "no" if f.id in _NO else "yes" for f in asked}
    agency_only, housing_only = {"LIC", "BND"}, {"HSG"}
    left_out = {"TPI"} | (set() if story.is_agency else agency_only) | (set() if story.housing else housing_only)
    row["documents_seen"] = [code for code in _codes("evidence_code") if code not in left_out]
    return row


def _contract(story: Story, luck: Luck, number: int) -> Row:
    signed = _before(story, luck.between(90, 330))
    departed = shift(signed, luck.between(16, 45))
    wage = Decimal(story.wage) + luck.between(0, 6) * 25
    return {
        "contract_ref": f"C{number:02}",
        "destination": story.destination,
        "written": True,
        "understood_language": True,
        "signed_on": signed,
        "copy_given": True,
        "copy_given_on": signed,
        "hours_to_read": luck.pick((48, 72, 72, 96, 120)),
        "departed_on": departed,
        "age_at_signing": luck.between(21, 47),
        "terms_present": _codes("contract_term"),
        "offered_wage": money(wage, story.currency),
        "signed_wage": money(wage, story.currency),
        "paid_wage": money(wage + luck.pick((0, 0, 0, 15)), story.currency),
        "signed_hours": story.hours,
        "actual_hours": str(Decimal(story.hours) + luck.pick((Decimal(0), Decimal("0.5"), Decimal(1)))),
        "job_as_promised": True,
        "replaced_after_signing": False,
        "exit_penalty": False,
        "authority_visa_on": shift(signed, luck.between(3, 9)),
        "notice_days": luck.pick((8, 15, 30)),
        "medical_on": shift(departed, -luck.between(6, 26)),
    }


def _advert(story: Story, luck: Luck, number: int) -> Row:
    return {
        "advert_ref": f"A{number:02}",
        "published_on": _before(story, luck.between(120, 360)),
        "channel": luck.pick(("website", "social_media", "newspaper", "poster")),
        "discriminatory": False,
        "fee_notice": "free_stated",
        "employer_named": True,
        "matches_contract": True,
    }


def _payslip(story: Story, luck: Luck, number: int) -> Row:
    """Women and men, nationals and migrants earn alike: every four lines share one job and one overtime."""
    group, place = divmod(number - 1, 4)
    month_end = story.ended_on.replace(day=1) - timedelta(days=1)
    if group % 2:
        month_end = month_end.replace(day=1) - timedelta(days=1)
    wage = Decimal(story.wage) + group % 3 * 150
    overtime = Decimal(group % 3 * 2)
    extra = (wage / 191 * Decimal("1.25") * overtime * Decimal("4.33")).quantize(Decimal("0.01"))
    gross = wage + extra + luck.pick((0, 0, 20, 35))
    rent = Decimal(150) if story.housing and not story.is_agency else Decimal(0)
    amounts = {
        "wage_floor": wage,
        "gross": gross,
        "overtime_due": extra,
        "overtime_paid": extra,
        "deducted_recruitment": 0,
        "deducted_housing": rent,
        "deducted_loan": 0,
        "deducted_other": 0,
        "net": (gross * Decimal("0.9326") - rent).quantize(Decimal("0.01")),
    }
    migrant = story.is_agency or (story.migrants and place >= 2)
    return {
        "payslip_ref": f"P{number:02}",
        "worker_sex": ("woman", "man")[place % 2],
        "status": "migrant" if migrant else "national",
        "job": story.jobs[group % len(story.jobs)],
        "period_end": month_end.isoformat(),
        "paid_on": shift(month_end.isoformat(), luck.between(1, 5)),
        "normal_hours": story.hours,
        "overtime_hours": str(overtime),
        **{name: money(amount, story.currency) for name, amount in amounts.items()},
        "payslip_given": True,
        "weekly_rest_given": True,
    }


def _subagent(story: Story, name: str) -> Row:
    return {
        "subagent_name": f"{name} ({WORDS[story.language]['made_up']})",
        "works_in": "MA",
        "authorised": True,
        "agreement": True,
        "agreement_bans_fees": True,
        "checked_on": _before(story, 150),
        "charges_workers": "no",
    }


def _complaint(story: Story, luck: Luck, number: int) -> Row:
    received = _before(story, luck.between(60, 340))
    closed = shift(received, luck.between(8, 27))
    serious = number == 1
    return {
        "complaint_ref": f"PL{number:02}",
        "received_on": received,
        "acknowledged_on": shift(received, luck.between(0, 4)),
        "closed_on": closed,
        "closed": True,
        "result": luck.pick(("upheld", "upheld", "rejected", "withdrawn")),
        "serious": serious,
        "referred": serious,
        "reprisal": "no",
    }


def _orientation(story: Story, luck: Luck) -> list[Row]:
    if not story.recruited:
        return []
    found = []
    for number, stage in enumerate(("pre_departure", "pre_departure", "pre_departure", "post_arrival"), start=1):
        women = luck.between(6, 20)
        found.append(
            {
                "session_ref": f"S{number}",
                "held_on": _before(story, 330 - 60 * number),
                "session_kind": stage,
                "topics": list(TOPICS),
                "language_understood": True,
                "session_hours": luck.pick(("6", "7.5", "8")),
                "women_present": women,
                "men_present": luck.between(4, 18),
                "cost_to_worker": money(0),
            }
        )
    return found


def _room(luck: Luck, number: int) -> Row:
    sleepers = luck.between(2, 6)
    return {
        "room_ref": f"R{number:02}",
        "sleepers": sleepers,
        "area": str(sleepers * Decimal("4.5") + luck.between(0, 3)),
        "own_bed": True,
        "sexes_separate": True,
        "lockable_storage": True,
        "drinking_water": True,
        "toilets_enough": True,
        "fire_exit_free": True,
        "free_to_come_and_go": True,
    }


def _documents(story: Story) -> list[Row]:
    texts = library.texts(STANDARD, story.language)
    found = []
    for number, code in enumerate(("POL", "CTR", "SLA", "PAY", "FIN", "REG", "GRV", "TRN", "MED", "DPA"), start=1):
        title = f"{texts.choice('evidence_code', code)} ({WORDS[story.language]['made_up']})"
        dated = _before(story, 20 * number)
        found.append(
            {
                "document_ref": f"D{number:02}",
                "document_kind": code,
                "title": title,
                "dated": dated,
                "valid_until": shift(dated, 730),
                "sha256": hashlib.sha256(f"{story.id} {code}".encode()).hexdigest(),
            }
        )
    return found


def _action(story: Story) -> Row:
    words = WORDS[story.language]
    return {
        "action_ref": "M1",
        "action": words["action"],
        "finding": words["finding"],
        "owner": words["owner"],
        "due_on": _before(story, 120),
        "done": True,
        "done_on": _before(story, 135),
        "proof_seen": True,
    }


def _interviews(story: Story, luck: Luck) -> list[Row]:
    strata = ("under_3_months", "from_3_to_12_months", "from_3_to_12_months", "over_12_months", "returned_home")
    found = []
    for worker in luck.codes(story.interviews):
        stratum = luck.pick(strata)
        found.append(
            {
                "worker": worker,
                "stratum": stratum,
                "interviewed_on": _before(story, luck.between(0, 3)),
                "mode": "by_phone" if stratum == "returned_home" else "in_person",
                "language": luck.pick(story.spoken),
                "consent": "yes",
                **CONTENT,
            }
        )
    for question in ("harassed", "free_to_organise"):  # one worker would rather not say
        found[luck.between(0, story.interviews - 1)][question] = "declined"
    return found


def _fees(story: Story, luck: Luck, workers: Sequence[str]) -> list[Row]:
    """What the chain paid for some of the workers, and the passport that some had long before."""
    paid = (
        (("RC-ADM-03", "employer", "official", 850), ("RC-TRV-03", "employer", "carrier", 1_900))
        if story.is_agency
        else (("RC-ADM-05", "employer", "official", 300), ("RC-TRV-03", "employer", "carrier", 3_200))
    )
    found = []
    for worker in workers[: len(workers) // 3]:
        day = _before(story, luck.between(100, 320))
        lines = [*paid, ("RC-MED-01", "agency" if story.is_agency else "employer", "clinic", 450)]
        for code, payer, payee, amount in (luck.pick(lines), ("RC-ADM-01", "worker", "official", 500)):
            if payer == "worker" and luck.between(1, 3) > 1:
                continue
            found.append(fee(story, worker, code, payer, payee, money(amount), day, linked=payer != "worker"))
    return found


def fee(
    story: Story, worker: str, code: str, paid_by: str, paid_to: str, amount: Row, day: str, *, linked: bool
) -> Row:
    return {
        "worker": worker,
        "fee_code": code,
        "paid_by": paid_by,
        "paid_to": paid_to,
        "amount": amount,
        "paid_on": day,
        "proof": True,
        "linked": "yes" if linked else "no",
        "by_loan": False,
        "first_wage": money(story.wage, story.currency),
        "refunded": {**amount, "amount": "0.00"},
    }


def each(record: Record, section: str, keep: Callable[[Row], bool]) -> list[Row]:
    return [row for row in rows(record, section) if keep(row)]
