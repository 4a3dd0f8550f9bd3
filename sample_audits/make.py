"""Makes the sample audits, and what the product says about each of them: ``make samples``.

Every organisation, number and answer is invented. Each sample starts from an audit in which everything is in order
(``records.py``) and is changed in the few places that make its story.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import books
import mistakes
from catalogue import HERE, SAMPLES, Sample
from records import CONTENT, MINIMUM_MONTH, Story, change, each, fee, in_order, money, rows, shift

from recruitcheck import library, scoring
from recruitcheck.intake import gate
from recruitcheck.intake.reading import Reading, problem_record, read
from recruitcheck.rules.standard import Field, FieldType
from recruitcheck.submission import canonical_bytes

#: the language of the problems in expected/: the messages' own
PROBLEM_LANGUAGE: Final = "en"


def good_agency(folder: Path) -> None:
    """An agency that sends orchard workers to France. One contract was signed on the day it was shown."""
    story = Story(
        id="good-agency",
        language="fr",
        kind="agency",
        names=("بوغازين للتوظيف الدولي", "Boughazine Placement International", "Boughazine International Placement"),
        town="Tanger",
        region="R01",
        sectors=("agriculture",),
        destination="FR",
        wage="1823.03",
        currency="EUR",
        jobs=("cueilleur", "conditionneur", "tractoriste"),
        hours="35",
        ended_on=date(2026, 6, 18),
        recruited=140,
        employed=11,
        interviews=30,
        contracts=18,
        payslips=16,
        adverts=8,
        spoken=("darija", "darija", "tarifit"),
        comments={"chain_mapped": "L'agence travaille sans sous-agent.", "gift_rules_kept": "Registre des cadeaux vu."},
    )
    record = in_order(story)
    change(record, "contracts", [7], hours_to_read=5)
    books.workbook(folder, story, record)


def _gulf_agency(id_: str, language: str, names: tuple[str, str, str], **more: object) -> Story:
    """An agency that sends hotel staff to the Gulf."""
    common: dict[str, object] = {
        "kind": "agency",
        "town": "Casablanca",
        "region": "R06",
        "sectors": ("hospitality",),
        "destination": "AE",
        "wage": "2600",
        "currency": "AED",
        "jobs": ("receptionist", "waiter", "cook"),
        "hours": "48",
        "recruited": 120,
        "employed": 16,
        "interviews": 30,
        "contracts": 20,
        "payslips": 16,
        "spoken": ("darija", "darija", "english"),
    }
    return Story(id=id_, language=language, names=names, **{**common, **more})  # type: ignore[arg-type]


def fees_found(folder: Path) -> None:
    """A clerk of the hotel abroad took placement fees from five workers; the agency had them repaid, one late."""
    story = _gulf_agency(
        "fees-found",
        "en",
        ("مرسالون للتوظيف", "Marsalune Recrutement", "Marsalune Recruitment"),
        ended_on=date(2026, 9, 10),
        subagents=("Relais Tanyour",),
    )
    record = in_order(story)
    paid = ((500, 41), (500, 44), (550, 38), (700, 60), (500, 118))
    for place, (amount, days) in enumerate(paid):
        row = rows(record, "interviews")[3 + 5 * place]
        row["paid_fee"] = "yes"
        day = shift(story.ended_on.isoformat(), -260 + 20 * place)
        line = fee(story, row["worker"], "RF-02", "worker", "employer_staff", money(amount, "AED"), day, linked=True)
        line |= {"refunded": money(amount, "AED"), "refunded_on": shift(day, days)}
        rows(record, "fees").append(line)
    books.workbook(folder, story, record)


def ordinary_weaknesses(folder: Path) -> None:
    """Strawberry pickers for Spain: contracts handed over late, complaints answered late, adverts silent on fees."""
    story = Story(
        id="ordinary-weaknesses",
        language="fr",
        kind="agency",
        names=("فريزاليا للعمل الموسمي", "Frezalia Saisonniers", "Frezalia Seasonal Work"),
        town="Larache",
        region="R01",
        sectors=("agriculture",),
        destination="ES",
        wage="1381.20",
        currency="EUR",
        jobs=("cueilleuse de fraises", "conditionneuse"),
        hours="40",
        ended_on=date(2026, 5, 21),
        recruited=420,
        employed=14,
        interviews=32,
        contracts=24,
        payslips=20,
        adverts=10,
        complaints=6,
        subagents=("Dar Tawassolane", "Bureau Chamalione"),
        spoken=("darija",),
    )
    record = in_order(story)
    for number in (2, 3, 9, 10, 17):
        row = rows(record, "contracts")[number - 1]
        row["copy_given_on"] = shift(row["departed_on"], -3)
    change(record, "contracts", [9, 10], hours_to_read=2)
    change(record, "adverts", [4, 6, 8], fee_notice="silent")
    for number, days in ((3, 52), (5, 41)):
        row = rows(record, "complaints")[number - 1]
        row["closed_on"] = shift(row["received_on"], days)
    record["practices"] |= {"gift_rules_kept": "unknown", "workers_told_about_data": "unknown"}
    books.workbook(folder, story, record)


def four_majors(folder: Path) -> None:
    """A spinning mill with foreign workers: overtime, weekly rest, room to sleep, welcome."""
    story = Story(
        id="four-majors",
        language="en",
        kind="employer",
        names=("تيساندور للغزل", "Filatures Tissandour", "Tissandour Spinning Mills"),
        town="Fès",
        region="R03",
        sectors=("manufacturing",),
        destination="MA",
        wage="3900",
        currency="MAD",
        jobs=("spinner", "machine operator", "mechanic"),
        ended_on=date(2026, 7, 9),
        recruited=60,
        employed=310,
        migrants=48,
        interviews=26,
        contracts=14,
        payslips=24,
        housing=8,
        spoken=("darija", "french", "wolof"),
    )
    record = in_order(story)
    for row in rows(record, "payroll")[4:12]:
        due = Decimal(row["overtime_due"]["amount"])
        unpaid = due - (due * Decimal("0.6")).quantize(Decimal("0.01"))
        for name in ("overtime_paid", "gross", "net"):
            row[name] = money(Decimal(row[name]["amount"]) - unpaid)
    change(record, "payroll", [6, 7, 10, 11], weekly_rest_given=False)
    change(record, "housing", [2, 5], sleepers=6, area="16.2")
    record["practices"]["arrival_orientation_within_week"] = "no"
    books.workbook(folder, story, record)


def blank_fee_sheet(folder: Path) -> None:
    """Nobody asked the workers what they had paid, and the fee ledger was left open."""
    story = _gulf_agency(
        "blank-fee-sheet",
        "fr",
        ("قنطرال للتشغيل", "Qantarel Emploi", "Qantarel Employment"),
        town="Salé",
        region="R04",
        jobs=("réceptionniste", "serveur", "cuisinier"),
        spoken=("darija", "français"),
        ended_on=date(2026, 4, 16),
        recruited=95,
        interviews=26,
    )
    record = in_order(story)
    for row in rows(record, "interviews"):
        row["paid_fee"] = "not_asked"
    record["sections"]["fees"] = {"state": "open", "rows": []}
    books.workbook(folder, story, record)


def _hotel(id_: str, ended_on: date, interviews: int) -> Story:
    return Story(
        id=id_,
        language="fr",
        kind="employer",
        names=("فندق زفيرا بالميرال", "Hôtel Zephyra Palmeral", "Zephyra Palmeral Hotel"),
        town="Marrakech",
        region="R07",
        sectors=("hospitality",),
        destination="MA",
        wage="4100",
        currency="MAD",
        jobs=("femme de chambre ou valet", "serveur", "commis de cuisine"),
        ended_on=ended_on,
        recruited=64,
        employed=182,
        migrants=46,
        interviews=interviews,
        contracts=12,
        payslips=24,
        housing=9,
        complaints=3,
        spoken=("français", "wolof", "anglais"),
        organisation="hotel",
    )


def hotel_self_assessment(folder: Path) -> None:
    """What the hotel says of itself: all is well. Management chose eight workers and heard them together."""
    story = _hotel("hotel-self-assessment", date(2026, 2, 27), 8)
    record = in_order(story)
    record["audit"] |= {"audit_kind": "self", "selection": "management", "interpreter_independent": False}
    del record["audit"]["hours_on_site"], record["audit"]["inspectors"]
    for row in rows(record, "interviews"):
        row |= {**CONTENT, "mode": "in_group", "stratum": "over_12_months", "language": "français"}
    record["practices"]["documents_seen"] = ["POL", "CTR", "PAY", "REG", "TRN"]
    books.workbook(folder, story, record)


def hotel_audit(folder: Path) -> None:
    """The same hotel four months later, seen by inspectors."""
    story = _hotel("hotel-audit", date(2026, 6, 26), 28)
    record = in_order(story)
    record["audit"]["previous_audit"] = _hotel("hotel-self-assessment", date(2026, 2, 27), 8).reference
    for row in rows(record, "payroll")[4:8]:
        unpaid = Decimal(row["overtime_paid"]["amount"])
        row["overtime_paid"] = money(0)
        for name in ("gross", "net"):
            row[name] = money(Decimal(row[name]["amount"]) - unpaid)
    change(record, "payroll", [9, 11, 12], weekly_rest_given=False)
    change(record, "housing", [3, 7], fire_exit_free=False)
    change(record, "housing", [4], toilets_enough=False)
    change(record, "interviews", [2, 5, 8, 11, 14, 17, 20, 23], knows_channel="no")
    change(record, "interviews", [26], consent="no", **dict.fromkeys(CONTENT, "declined"))
    record["practices"] |= {
        "arrivals_asked_about_fees": "no",
        "interpretation_offered": "no",
        "medical_results_to_worker_only": "unknown",
        "locker_voluntary": "yes",
    }
    record["practices"]["documents_seen"].remove("MED")
    record["comments"] = {
        "practices": {
            "medical_results_to_worker_only": "Le cabinet médical n'a pas pu être visité.",
            "interpretation_offered": "Consignes affichées en français seulement.",
        }
    }
    books.workbook(folder, story, record)


#: European digits and the point as an Arabic keyboard types them
_ARABIC: Final = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")


def arabic_cell(_: Field, cell: object) -> object:
    """Numbers and dates as text in Arabic-Indic digits, dates that could be read two ways as year-month-day."""
    if isinstance(cell, date):
        clear = cell.day > 12 or cell.day == cell.month
        return f"{cell:%d/%m/%Y}".translate(_ARABIC) if clear else cell.isoformat().translate(_ARABIC)
    return str(cell).translate(_ARABIC) if isinstance(cell, int | Decimal) else cell


def arabic_digits(folder: Path) -> None:
    """Filled in with Arabic-Indic digits. Adverts asked for men only, and two of them named no employer."""
    story = Story(
        id="arabic-digits",
        language="ar",
        kind="agency",
        names=("أفقين للوساطة في التشغيل", "Ofoqayn Intermédiation", "Ofoqayn Job Agency"),
        town="وجدة",
        region="R02",
        sectors=("construction",),
        destination="FR",
        wage="1905.50",
        currency="EUR",
        jobs=("بنّاء", "نجار الخرسانة", "سائق رافعة"),
        hours="35",
        ended_on=date(2026, 10, 15),
        recruited=75,
        employed=9,
        interviews=26,
        contracts=14,
        payslips=16,
        adverts=7,
        spoken=("الدارجة", "الأمازيغية"),
    )
    record = in_order(story)
    change(record, "adverts", [2, 5], discriminatory=True)
    change(record, "contracts", [3], hours_to_read=12)
    books.workbook(folder, story, record, cell_text=arabic_cell)


def french_cell(field: Field, cell: object) -> object:
    """Amounts such as ``1 234,50`` and dates such as 31/03/2026, as text; an ambiguous date stays a date."""
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}" if cell.day > 12 or cell.day == cell.month else cell
    if field.type is FieldType.MONEY and isinstance(cell, int | Decimal):
        return f"{Decimal(cell):,.2f}".replace(",", " ").replace(".", ",")
    if isinstance(cell, int | Decimal):
        return f"{cell:,}".replace(",", "\u202f").replace(".", ",")
    return cell


def decimal_commas(folder: Path) -> None:
    """A cannery, with figures as a French keyboard types them. Women were paid less than men."""
    story = Story(
        id="decimal-commas",
        language="fr",
        kind="employer",
        names=("ساردلون لتصبير السمك", "Conserverie Sardalune", "Sardalune Cannery"),
        town="Safi",
        region="R07",
        sectors=("food_processing",),
        destination="MA",
        wage="3750",
        currency="MAD",
        jobs=("ouvrier d'emboîtage", "étripage", "cariste"),
        ended_on=date(2026, 9, 24),
        recruited=1_250,
        employed=1_640,
        migrants=130,
        interviews=34,
        contracts=12,
        payslips=28,
        complaints=5,
        spoken=("darija", "français", "bambara"),
    )
    record = in_order(story)
    for row in each(record, "payroll", lambda line: line["worker_sex"] == "woman"):
        less = Decimal(row["gross"]["amount"]) * Decimal("0.08")
        for name in ("gross", "net", "wage_floor"):
            lowered = max(Decimal(row[name]["amount"]) - less, MINIMUM_MONTH if name == "wage_floor" else Decimal(0))
            row[name] = money(lowered)
    record["practices"] |= {"gift_rules_kept": "unknown", "residence_papers_renewed": "unknown"}
    books.workbook(folder, story, record, cell_text=french_cell)


def farm(path: Path) -> None:
    """A strawberry farm with workers from abroad, kept in LibreOffice in one file."""
    story = Story(
        id="farm",
        language="fr",
        kind="employer",
        names=("ضيعة فراولان", "Domaine Frawlane", "Frawlane Farm"),
        town="Moulay Bousselham",
        region="R04",
        sectors=("agriculture",),
        destination="MA",
        wage="2780",
        currency="MAD",
        jobs=("récolte", "plantation", "irrigation"),
        ended_on=date(2026, 6, 11),
        recruited=180,
        employed=240,
        migrants=65,
        hours="46",
        interviews=30,
        contracts=16,
        payslips=24,
        housing=10,
        spoken=("darija", "français", "bambara"),
    )
    record = in_order(story)
    change(record, "housing", [2, 3, 9], sleepers=7, area="19.6")
    change(record, "housing", [3], lockable_storage=False)
    change(record, "payroll", [5, 6, 13, 14, 21], payslip_given=False)
    change(record, "contracts", [2, 12], hours_to_read=1)
    record["practices"] |= {"return_travel_paid": "unknown", "staff_trained": "unknown"}
    books.ods(path, story, record)


def csv_zip(path: Path) -> None:
    """One .csv a sheet from two computers: an Arabic Windows and a newer one. Complaints were acknowledged late."""
    story = _gulf_agency(
        "csv-zip",
        "ar",
        ("نزلات لتوظيف الفندقة", "Nuzulat Hôtellerie", "Nuzulat Hospitality Staffing"),
        town="الرباط",
        region="R04",
        destination="QA",
        wage="2700",
        currency="QAR",
        jobs=("موظف استقبال", "نادل", "طباخ"),
        spoken=("الدارجة", "الإنجليزية"),
        ended_on=date(2026, 3, 26),
        recruited=88,
        interviews=26,
    )
    record = in_order(story)
    for row in rows(record, "complaints")[1:3]:
        row["acknowledged_on"] = shift(row["received_on"], 7)
    books.csv_zip(path, story, record)


def forty_mistakes(folder: Path) -> None:
    """A workbook filled in in a hurry: every mistake stands in ``mistakes.py`` with its cell."""
    story = _gulf_agency(
        "forty-mistakes",
        "fr",
        ("خدماتور للتشغيل", "Khidmatour Emploi", "Khidmatour Employment"),
        town="Agadir",
        region="R09",
        jobs=("réceptionniste", "serveur", "cuisinier"),
        spoken=("darija", "tachelhit"),
        ended_on=date(2026, 8, 27),
        complaints=5,
        subagents=("Relais Amlouline",),
    )
    books.workbook(folder, story, in_order(story))
    mistakes.plant(folder)


def passports_held(folder: Path) -> None:
    """A builder that keeps the passports of its foreign workers."""
    story = Story(
        id="passports-held",
        language="en",
        kind="employer",
        names=("زليجار للبناء", "Bâtisseurs Zellijar", "Zellijar Builders"),
        town="Casablanca",
        region="R06",
        sectors=("construction",),
        destination="MA",
        wage="4300",
        currency="MAD",
        jobs=("mason", "formwork carpenter", "crane driver"),
        ended_on=date(2026, 10, 8),
        recruited=110,
        employed=260,
        migrants=90,
        interviews=30,
        contracts=15,
        payslips=24,
        housing=6,
        spoken=("french", "bambara", "darija"),
    )
    record = in_order(story)
    change(record, "interviews", [1, 4, 5, 9, 12, 13, 18, 21, 27], holds_own_papers="no")
    record["practices"] |= {"locker_voluntary": "no", "documents_returned_fast": "no"}
    books.workbook(folder, story, record)


def licence_expired(path: Path) -> None:
    """An agency in good order but for its licence, which ran out ten weeks before the audit."""
    story = _gulf_agency(
        "licence-expired",
        "en",
        ("سفرال للتشغيل", "Safarel Emploi", "Safarel Agency"),
        town="Nador",
        region="R02",
        destination="ES",
        sectors=("agriculture",),
        wage="1381.20",
        currency="EUR",
        jobs=("picker", "packer"),
        hours="40",
        ended_on=date(2026, 7, 16),
        recruited=65,
        interviews=24,
        spoken=("darija", "tarifit"),
    )
    record = in_order(story)
    record["organisation"] |= {"licence_from": "2022-05-05", "licence_until": "2026-05-04"}
    books.submission_json(path, story, record)


MAKERS: Final[dict[str, Callable[[Path], None]]] = {
    "good-agency": good_agency,
    "fees-found": fees_found,
    "ordinary-weaknesses": ordinary_weaknesses,
    "four-majors": four_majors,
    "blank-fee-sheet": blank_fee_sheet,
    "hotel-self-assessment": hotel_self_assessment,
    "hotel-audit": hotel_audit,
    "arabic-digits": arabic_digits,
    "decimal-commas": decimal_commas,
    "farm": farm,
    "csv-zip": csv_zip,
    "forty-mistakes": forty_mistakes,
    "passports-held": passports_held,
    "licence-expired": licence_expired,
}


def make(sample: Sample, folder: Path) -> None:
    """Writes one sample, in place of an older one."""
    path = folder / sample.path
    if path.is_dir():
        shutil.rmtree(path)
    MAKERS[sample.id](path)


def read_sample(sample: Sample, folder: Path = HERE) -> Reading:
    return read([gate.load(path) for path in sample.files(folder)])


def verdict(sample: Sample, folder: Path = HERE) -> bytes:
    """What the product says: the scorecard (``score --json``), or the problems (``check --json``)."""
    found = read_sample(sample, folder)
    if found.ok:
        assert found.submission is not None and found.standard is not None
        return canonical_bytes(scoring.score(found.submission, found.standard).card) + b"\n"
    texts = library.texts(books.STANDARD, PROBLEM_LANGUAGE)
    records = [problem_record(problem, texts) for problem in found.problems]
    return canonical_bytes({"schema": "recruitcheck/problems@1", "problems": records}) + b"\n"


def main(folder: Path) -> None:
    """Makes every sample in that folder, and ``expected/`` beside them."""
    (folder / "expected").mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        make(sample, folder)
        sample.expected(folder).write_bytes(verdict(sample, folder))
        print(f"{sample.path}  ->  expected/{sample.id}.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
