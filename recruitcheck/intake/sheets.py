"""The sheets of one workbook -> sections: finds headings and questions, reads every cell, loses none in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from recruitcheck import library
from recruitcheck.intake import coerce, layout
from recruitcheck.intake.cells import Book, Cell, Sheet, address
from recruitcheck.intake.lexicon import Lexicon, fold
from recruitcheck.personal import mask, told
from recruitcheck.problem import Problem
from recruitcheck.rules.standard import Field, FieldType, Section, Standard
from recruitcheck.submission import COMMENT, Address, Place, Submission, clean_text, field_of
from recruitcheck.text import say

#: headings are looked for in so many rows that are not blank
HEADER_SEARCH: Final = 12

#: what stands, folded, before the sums under a table
_TOTALS: Final = (
    "total totals totaux grandtotal totalgeneral sum somme sommes soustotal subtotal "
    "المجموع مجموع الاجمالي اجمالي المجموعالعام المجموعالكلي"
)
TOTALS: Final = frozenset(_TOTALS.split())

Grid = dict[int, dict[int, Cell]]


def meta(book: Book) -> dict[str, str]:
    """What the very hidden sheet says about the file, by layout.META_KEYS; empty without one."""
    for sheet in book.sheets:
        if sheet.name.strip().casefold() == layout.META:
            pairs = ((row.get(1), row.get(2)) for row in grid_of(sheet).values())
            return {coerce.shown(key).strip(): coerce.shown(value).strip() for key, value in pairs if key and value}
    return {}


def grid_of(sheet: Sheet) -> Grid:
    """The cells by row and column."""
    grid: Grid = {}
    for cell in sheet.cells:
        grid.setdefault(cell.row, {})[cell.column] = cell
    return grid


class BookReader:
    """Reads one workbook against one edition."""

    def __init__(self, book: Book, standard: Standard) -> None:
        self.book, self.standard = book, standard
        self.meta = meta(book)
        self.lexicon = Lexicon(standard, self.meta.get("language", ""))
        self.texts = library.texts(standard, self.lexicon.languages[0])
        self.problems: list[Problem] = []
        self.cells: dict[Address, Place] = {}
        self.data: dict[str, Any] = {section.id: {} for section in standard.questionnaire.singles}
        self.data["sections"] = {s.id: {"state": "open", "rows": []} for s in standard.questionnaire.tables}
        self.comments: dict[str, dict[str, str]] = {}

    def read(self) -> tuple[Submission, list[Problem]]:
        """The sections that this file holds, and what is wrong with its shape and its cells."""
        named = {sheet.name: self.lexicon.sheet(sheet.name) for sheet in self.book.sheets}
        seen: dict[str, str] = {}
        for sheet in self.book.sheets:
            section = named[sheet.name]
            if section == "":
                continue
            if section is None:
                section = self._known_by_content(sheet)
            if section is None or isinstance(section, str):
                self._unknown_sheet(sheet)
            elif section.id in seen:
                self._note("sheet-twice", sheet, None, section=section, found=sheet.name, other=seen[section.id])
            else:
                seen[section.id] = sheet.name
                (self._table if section.is_table else self._single)(section, sheet)
        self._missing(seen)
        if self.comments:
            self.data["comments"] = self.comments
        countries = tuple(sorted({code for code in self.meta.get("countries", "").split(",") if code}))
        submission = Submission(self.standard.name, countries, self.data, self.cells, (self.book.file,))
        return submission, self.problems

    def _known_by_content(self, sheet: Sheet) -> Section | None:
        """The section of a sheet under another name, from its hidden machine names."""
        across = {coerce.shown(cell) for cell in sheet.cells if cell.row == layout.NAME_ROW}
        down = {coerce.shown(cell) for cell in sheet.cells if cell.column == 1 and cell.row >= layout.FIRST_ROW}
        if layout.STATE in across:
            found = self.lexicon.sheet_of_names(across)
            return found if found and found.is_table else None
        if across >= set(layout.SINGLE_COLUMNS):
            found = self.lexicon.sheet_of_names(down)
            return found if found and not found.is_table else None
        return None

    def _unknown_sheet(self, sheet: Sheet) -> None:
        if not sheet.cells:
            return  # nothing is lost with a blank sheet
        code = "sheet-unknown" if sheet.state == "visible" else "sheet-hidden"
        self._note(code, sheet, sheet.cells[0], found=sheet.name, hint=self.lexicon.nearest_sheet(sheet.name))

    def _missing(self, seen: Mapping[str, str]) -> None:
        part, kind = self.meta.get("part", ""), self.meta.get("kind") or None
        for section in self.standard.questionnaire.sections:
            expected = part and section.confidential == (part == "annex") and layout.asked_fields(section, kind)
            if expected and section.id not in seen:
                found = self.texts.section(section.id)
                self.problems.append(
                    Problem(code="sheet-missing", file=self.book.file, section=section.id, found=found)
                )

    def _note(
        self,
        code: str,
        sheet: Sheet,
        at: Cell | str | None,
        *,
        section: Section | None = None,
        row: int | None = None,
        field: str = "",
        found: str = "",
        **values: str,
    ) -> None:
        self.problems.append(
            Problem(
                code=code,
                file=self.book.file,
                sheet=sheet.name,
                cell=address(at.row, at.column) if isinstance(at, Cell) else at or "",
                section=section.id if section else "",
                row=row,
                field=field,
                found=told(found, section, field)[:80],
                values=values,
                confidential=bool(section and section.confidential),
            )
        )

    def _outside(self, section: Section, sheet: Sheet, cells: Iterable[Cell]) -> None:
        """Notes what stands where nothing is asked; in the annex it may be anybody's name."""
        for cell in cells:
            found = coerce.shown(cell)
            self._note(
                "cell-outside", sheet, cell, section=section, found=mask(found) if section.confidential else found
            )

    def _place(self, sheet: Sheet, row: int, column: int) -> Place:
        return Place(self.book.file, sheet.name, address(row, column))

    # -- tables --------------------------------------------------------------------------------------------------

    def _table(self, section: Section, sheet: Sheet) -> None:
        grid = grid_of(sheet)
        headers = self._headers(section, grid)
        if not headers:
            if grid:
                self._note("header-missing", sheet, sheet.cells[0], section=section)
            return
        first = headers[-1] + 1
        columns, titled = self._columns(section, sheet, grid, headers)
        state_column = columns.pop(layout.STATE, None)
        state = self._state(section, sheet, grid, state_column, first)
        by_field = _by_field(section, columns)
        used = set(columns.values())
        rows: list[dict[str, Any]] = []
        for number in sorted(grid):
            cells = grid[number]
            if number < headers[0]:
                self._outside(section, sheet, cells.values())
            if number < first:
                continue
            self._outside(section, sheet, (cell for column, cell in cells.items() if column not in titled))
            own = {column: cell for column, cell in cells.items() if column in used}
            if own and _is_total(own):
                self._outside(section, sheet, [own[min(own)]])
            elif own:
                rows.append(self._row(section, sheet, number, own, by_field, len(rows) + 1))
        for f in section.fields:
            if f.key and f.id not in by_field and rows:
                label = self.texts.field(section.id, f.id)
                at = address(headers[-1], 1)
                self._note("column-missing", sheet, at, section=section, field=f.id, found=label)
        self.data["sections"][section.id] = {"state": state, "rows": rows}

    def _headers(self, section: Section, grid: Grid) -> list[int]:
        """The row of headings, or the two: machine names above labels. The first where half of the cells are known."""
        for number in sorted(grid)[:HEADER_SEARCH]:
            names = self._names(section, grid[number])
            if not names or len(names) * 2 < len(grid[number]):
                continue
            below = self._names(section, grid.get(number + 1, {}))
            same = sum(names.get(column) == name for column, name in below.items())
            return [number, number + 1] if same and same * 2 >= len(below) else [number]
        return []

    def _names(self, section: Section, cells: Mapping[int, Cell]) -> dict[int, str]:
        """Column -> machine name, of the cells that are headings."""
        found = {column: self.lexicon.column(section, coerce.shown(cell)) for column, cell in cells.items()}
        return {column: name for column, name in found.items() if name}

    def _columns(
        self, section: Section, sheet: Sheet, grid: Grid, headers: list[int]
    ) -> tuple[dict[str, int], set[int]]:
        """(machine name -> column, every column with a heading). A hidden name may not contradict the label below."""
        columns: dict[str, int] = {}
        named = [(number, self._names(section, grid[number])) for number in headers]
        wide = sorted({column for number in headers for column in grid[number]})
        for column in wide:
            head = next(grid[number][column] for number in reversed(headers) if column in grid[number])
            names = list(dict.fromkeys(names[column] for _, names in named if column in names))
            shown = coerce.shown(head)
            if not names:
                hint = self.lexicon.nearest_column(section, shown)
                self._note("column-unknown", sheet, head, section=section, found=shown, hint=hint)
                continue
            others = [at for number, names_there in named for at, name in names_there.items() if name == names[-1]]
            if names[0] in columns:
                other = address(headers[-1], columns[names[0]])
                self._note("column-twice", sheet, head, section=section, found=shown, other=other)
            elif len(names) > 1:  # the label was moved and the hidden name was not
                other = address(headers[0], next((at for at in others if at != column), column))
                self._note("column-twice", sheet, head, section=section, found=shown, other=other)
            else:
                columns[names[0]] = column
        return columns, set(wide)

    def _state(self, section: Section, sheet: Sheet, grid: Grid, column: int | None, first: int) -> str:
        """What the sheet says of itself, "open" if nothing; two different answers are a problem."""
        at = address(first, column or 1)
        self.cells[section.id, None, ""] = Place(self.book.file, sheet.name, at)
        given = [grid[n][column] for n in sorted(grid) if n >= first and column in grid[n]] if column else []
        if not given:
            self._note("state-missing", sheet, at, section=section)
        state = ""
        for cell in given:
            found = self.lexicon.state(coerce.plain(coerce.shown(cell))) if cell.kind == "value" else None
            if cell.kind != "value":
                self._note(_fault(cell), sheet, cell, section=section, found=coerce.shown(cell))
            elif found is None or state not in ("", found):
                self._note("state-unknown", sheet, cell, section=section, found=coerce.shown(cell))
            elif not state:
                self.cells[section.id, None, ""] = self._place(sheet, cell.row, cell.column)
            state = state or found or ""
        return state or "open"

    def _row(
        self,
        section: Section,
        sheet: Sheet,
        number: int,
        cells: dict[int, Cell],
        by_field: dict[str, dict[str, int]],
        record: int,
    ) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for f in section.fields:
            names = by_field.get(f.id)
            if not names:
                continue
            given = {name: cells[column] for name, column in names.items() if column in cells}
            for name in (f.id, f.id + layout.CURRENCY_SUFFIX):
                if name in names:
                    self.cells[section.id, record, name] = self._place(sheet, number, names[name])
            place = next(iter(given.values())).column if given else next(iter(names.values()))
            self.cells.setdefault((section.id, record, f.id), self._place(sheet, number, place))
            value = self._value(section, sheet, f, given, record)
            if value is not None:
                row[f.id] = value
        return row

    # -- single records ------------------------------------------------------------------------------------------

    def _single(self, section: Section, sheet: Sheet) -> None:
        grid = grid_of(sheet)
        at, first = self._single_columns(grid)
        answer_at, comment_at = at["answer"], at["comment"]
        given: dict[str, dict[str, Cell]] = {}
        row_of: dict[str, int] = {}
        for number in sorted(n for n in grid if n >= first):
            cells = grid[number]
            heads = [coerce.shown(cells[at[name]]) for name in ("_code", "_label") if at[name] in cells]
            is_band = bool(heads) and heads[0].startswith(layout.BAND)
            found = [] if is_band else [self.lexicon.column(section, head) for head in heads]
            names = list(dict.fromkeys(name for name in found if name))
            answer, comment = cells.get(answer_at), cells.get(comment_at)
            self._outside(section, sheet, (cell for column, cell in cells.items() if column not in at.values()))
            if not names:
                shown = (heads or [""])[-1]
                hint = self.lexicon.nearest_column(section, shown)
                for cell in (answer, comment):
                    if cell is not None:
                        self._note("row-unknown", sheet, cell, section=section, found=shown, hint=hint)
                continue
            name = names[0]
            if name in row_of or len(names) > 1:  # twice, or its code was left behind when the rest was moved
                cell = answer or comment or next(iter(cells.values()))
                self._note("row-twice", sheet, cell, section=section, found=heads[-1])
                continue
            row_of[name] = number
            field_id = field_of(section, name)
            place = self._place(sheet, number, answer_at)
            self.cells.setdefault((section.id, None, field_id), place)
            self.cells[section.id, None, name] = place
            if answer is not None:
                given.setdefault(field_id, {})[name] = answer
            if comment is not None:
                self._comment(section, sheet, name, comment)
        for f in section.fields:
            if f.id in given:
                value = self._value(section, sheet, f, given[f.id], None)
                if value is not None:
                    self.data[section.id][f.id] = value

    def _comment(self, section: Section, sheet: Sheet, name: str, cell: Cell) -> None:
        text = clean_text(coerce.shown(cell))
        if cell.kind != "value":
            self._note(_fault(cell), sheet, cell, section=section, field=field_of(section, name), found=text)
        elif text:
            self.comments.setdefault(section.id, {})[name] = text
            self.cells[section.id, None, name + COMMENT] = self._place(sheet, cell.row, cell.column)

    def _single_columns(self, grid: Grid) -> tuple[dict[str, int], int]:
        """(where code, label, answer, comment, evidence stand, the first row): by headings, else as in the template."""
        at = {name: place for place, name in enumerate(layout.SINGLE_COLUMNS, start=1)}
        words = {fold(name): name for name in at}
        for language in self.lexicon.languages:
            for name, key in (("_label", "label"), ("answer", "answer"), ("comment", "comment"), ("_seek", "seek")):
                words[fold(say(language, f"template.{key}_heading"))] = name
        first = 1
        for number in sorted(grid)[:HEADER_SEARCH]:
            known = {column: words.get(fold(coerce.shown(cell))) for column, cell in grid[number].items()}
            found = {name: column for column, name in known.items() if name}
            if "answer" not in found or len(found) < 2:
                if first > 1:
                    break
                continue
            lost = {name for name in at if name not in found and at[name] in found.values()}
            at.update(found)
            for name in lost:  # a heading that is not there has no column
                at[name] = 0
            first = number + 1
        return at, first

    # -- values --------------------------------------------------------------------------------------------------

    def _value(self, section: Section, sheet: Sheet, f: Field, given: dict[str, Cell], record: int | None) -> Any:
        """The canonical value of one field from its cells, None if blank or after noting why it is unreadable."""
        if not given:
            return None
        bad = [cell for cell in given.values() if cell.kind != "value"]
        for cell in bad:
            self._at(_fault(cell), sheet, cell, section, record, f)
        if bad:
            return None
        if f.type is FieldType.MONEY:
            return self._money(section, sheet, f, given, record)
        if f.type is FieldType.CHOICES:
            return self._several(section, sheet, f, given, record)
        cell = next(iter(given.values()))
        return self._try(section, sheet, f, cell, record, lambda: coerce.simple(cell, f, self.lexicon))

    def _try(
        self, section: Section, sheet: Sheet, f: Field, cell: Cell, record: int | None, read: Callable[[], Any]
    ) -> Any:
        try:
            return read()
        except coerce.Unreadable as error:
            self._at(error.code, sheet, cell, section, record, f, **error.values)
            return None

    def _at(
        self, code: str, sheet: Sheet, cell: Cell, section: Section, record: int | None, f: Field, **values: str
    ) -> None:
        found = coerce.shown(cell)
        self._note(code, sheet, cell, section=section, row=record, field=f.id, found=found, **values)

    def _money(self, section: Section, sheet: Sheet, f: Field, given: dict[str, Cell], record: int | None) -> Any:
        """Amount and currency. A zero is a zero in any money, and "1 500 DH" says its currency itself."""
        amount_cell, currency_cell = given.get(f.id), given.get(f.id + layout.CURRENCY_SUFFIX)
        typed: tuple[str, str] | None = None
        currency = None
        if amount_cell is not None:
            typed = self._try(section, sheet, f, amount_cell, record, lambda: coerce.amount(amount_cell, self.lexicon))
        if currency_cell is not None:
            currency = self._try(
                section, sheet, f, currency_cell, record, lambda: coerce.currency(currency_cell, self.lexicon)
            )
            if amount_cell is None and currency is not None:
                self._at("amount-missing", sheet, currency_cell, section, record, f)
        if typed is None or amount_cell is None:
            return None
        amount, said = typed
        if currency_cell is None:
            currency = said or (self.standard.currency if not amount.strip("0.") else None)
            if currency is None:
                self._at("currency-missing", sheet, amount_cell, section, record, f)
        elif said and currency is not None and said != currency:
            self._at("number-unreadable", sheet, amount_cell, section, record, f)
            return None
        return None if currency is None else {"amount": amount, "currency": currency}

    def _several(self, section: Section, sheet: Sheet, f: Field, given: dict[str, Cell], record: int | None) -> Any:
        chosen: set[str] = set()
        for name, cell in given.items():
            try:
                if layout.CHOICE_MARK not in name:
                    chosen |= coerce.several(cell, f, self.lexicon)
                elif coerce.tick(cell, self.lexicon):
                    chosen.add(name.split(layout.CHOICE_MARK, 1)[1])
            except coerce.Unreadable as error:
                self._at(error.code, sheet, cell, section, record, f, **error.values)
        return [choice.id for choice in f.choices if choice.id in chosen] or None


def _fault(cell: Cell) -> str:
    return "cell-error" if cell.kind == "error" else "formula-no-value"


def _is_total(cells: Mapping[int, Cell]) -> bool:
    """True for a row of sums under a table: its first text says so."""
    first = next((cell.value for _, cell in sorted(cells.items()) if isinstance(cell.value, str)), "")
    return fold(first) in TOTALS


def _by_field(section: Section, columns: dict[str, int]) -> dict[str, dict[str, int]]:
    by_field: dict[str, dict[str, int]] = {}
    for name, column in columns.items():
        by_field.setdefault(field_of(section, name), {})[name] = column
    return by_field
