"""The command line. Exit codes: 0 done, 1 the input has problems, 2 wrong usage, 3 something is unavailable.

Every command imports what it needs when it runs, so that ``--help`` does not wait for a spreadsheet library.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from recruitcheck import __version__

if TYPE_CHECKING:
    from recruitcheck.intake.gate import Upload
    from recruitcheck.intake.reading import Reading
    from recruitcheck.scoring import Scored
    from recruitcheck.text import Texts

PROBLEMS, USAGE, UNAVAILABLE = 1, 2, 3
LANGUAGES: Final = ("ar", "fr", "en")
Command = TypeVar("Command", bound=Callable[..., Any])


def default_language() -> str:
    """The language of the locale, English if it is none of ours."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        found = os.environ.get(name, "")[:2]
        if found in LANGUAGES:
            return found
        if found:
            break
    return "en"


class Greedy(click.Command):
    """A command whose options named in ``greedy`` take every word up to the next option."""

    greedy: tuple[str, ...] = ("--with", "--set")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        taking = ""
        for place, word in enumerate(args):
            if word in self.greedy:
                taking = word
            elif word.startswith("-"):
                taking = ""
                spread.append(word)
            elif taking:
                spread += [taking, word]
            else:
                spread.append(word)
            if taking and word == taking and (place + 1 == len(args) or args[place + 1].startswith("-")):
                spread.append(taking)
        return super().parse_args(ctx, spread)


def say(language: str, key: str, **values: object) -> str:
    from recruitcheck.text import say as translate

    return " ".join(translate(language, f"cli.{key}", **values).split())


def near(word: str, known: Iterable[str]) -> str:
    """The nearest known word as a hint, "" if none is near."""
    from recruitcheck.submission import nearest

    return nearest(word, frozenset(known))


def stop(language: str, code: int, key: str, **values: object) -> None:
    """Says one line on stderr and ends with that code."""
    click.echo(say(language, key, **values), err=True)
    sys.exit(code)


def language_option(command: Command) -> Command:
    return click.option(
        "--lang", type=click.Choice(LANGUAGES), default=default_language, show_default="the locale's", help="Language."
    )(command)


def rules_options(command: Command) -> Command:
    """--standard and --country, which replace what the files say."""
    command = click.option("--country", multiple=True, metavar="CODE", help="Add national rules; may be repeated.")(
        command
    )
    return click.option("--standard", metavar="ID@EDITION", help="The edition; by default the file's own.")(command)


FILES = click.argument("files", nargs=-1, required=True, metavar="FILE…")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="recruitcheck")
def main() -> None:
    """Holds recruitment audits against a published standard and explains every point."""


# -- files -------------------------------------------------------------------------------------------------------


def load_uploads(files: Sequence[str], language: str) -> list[Upload]:
    """The files of one submission. Ends with 3 if one is not there, 1 if one may not be opened at all."""
    from recruitcheck.intake import gate
    from recruitcheck.problem import ProblemError

    uploads = []
    for name in files:
        try:
            uploads.append(gate.load(Path(name)))
        except OSError:
            stop(language, UNAVAILABLE, "file_missing", path=name)
        except ProblemError as error:
            if any(problem.code == "file-missing" for problem in error.problems):
                stop(language, UNAVAILABLE, "file_missing", path=name)
            print_problems(error.problems, language, None)
            sys.exit(PROBLEMS)
    return uploads


def read_files(files: Sequence[str], language: str, standard: str | None, country: Sequence[str]) -> Reading:
    """The submission in some files, with every problem; ends with a clear line for an unknown standard or country."""
    from recruitcheck.intake import reading

    check_rules(language, standard, country)
    uploads = load_uploads(files, language)
    return reading.read(uploads, standard=standard, countries=list(country) or None)


def check_rules(language: str, standard: str | None, country: Sequence[str]) -> Any:
    """The standard asked for with its overlays. Ends with 2 if there is none such, 1 if it has faults."""
    from recruitcheck import library
    from recruitcheck.problem import StandardFault
    from recruitcheck.rules.resolve import NoOverlay, resolve

    try:
        return resolve(library.load(standard), country)
    except library.UnknownStandard as error:
        stop(
            language,
            USAGE,
            "standard_missing",
            name=error.name,
            hint=near(error.name, error.known),
            known=", ".join(error.known),
        )
    except NoOverlay as error:
        stop(
            language,
            USAGE,
            "country_missing",
            name=error.country,
            hint=near(error.country, error.known),
            known=", ".join(error.known),
        )
    except StandardFault as error:
        click.echo(say(language, "standard_faulty"), err=True)
        for fault in error.faults:
            click.echo(str(fault), err=True)
        sys.exit(PROBLEMS)
    return None


def texts_of(standard: Any, language: str) -> Texts:
    from recruitcheck import library

    return library.texts(standard if standard is not None else library.load(), language)


def print_problems(found: Sequence[Any], language: str, standard: Any, *, stderr: bool = True) -> None:
    from recruitcheck import terminal

    terminal.problems(terminal.console(stderr=stderr), found, texts_of(standard, language))


def print_json(value: Any) -> None:
    from recruitcheck.submission import canonical_bytes

    click.echo(canonical_bytes(value).decode())


def write_bytes(path: str, data: bytes, language: str) -> None:
    try:
        Path(path).write_bytes(data)
    except OSError:
        stop(language, UNAVAILABLE, "cannot_write", path=path)


def scored(files: Sequence[str], language: str, standard: str | None, country: Sequence[str], as_of: Any) -> Scored:
    """Reads and scores; ends with 1 and every problem if something blocks."""
    from recruitcheck import scoring
    from recruitcheck.problem import Problem

    found = read_files(files, language, standard, country)
    day = as_of.date() if as_of else None
    if found.submission is None or found.standard is None or not found.ok:
        print_problems(found.problems, language, found.standard)
        stop(language, PROBLEMS, "not_scored")
    assert found.submission is not None and found.standard is not None
    if day is None and found.submission.as_of() is None:
        place = found.submission.place("audit", None, "ended_on")
        missing = Problem(
            code="as-of-missing",
            file=place.file or found.submission.files[0],
            sheet=place.sheet,
            cell=place.cell,
            section="audit",
            field="ended_on",
        )
        print_problems([missing], language, found.standard)
        stop(language, PROBLEMS, "not_scored")
    return scoring.score(found.submission, found.standard, day)


AS_OF = click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day; by default the day the audit ended.")
JSON = click.option("--json", "as_json", is_flag=True, help="Canonical JSON on standard output.")


# -- template, check, annotate, convert --------------------------------------------------------------------------


@main.command()
@click.option("-o", "output", required=True, metavar="AUDIT.XLSX", help="The audit workbook to write.")
@click.option("--annex", metavar="ANNEX.XLSX", help="Also the confidential annex.")
@rules_options
@click.option("--kind", type=click.Choice(["agency", "employer"]), help="Leave out what is not asked of this kind.")
@language_option
def template(
    output: str, annex: str | None, standard: str | None, country: tuple[str, ...], kind: str | None, lang: str
) -> None:
    """Write the blank audit workbook, and its annex."""
    import secrets

    from recruitcheck import library
    from recruitcheck.intake import template as workbook

    rules = check_rules(lang, standard, country)
    digest = library.digests(rules.name)
    build = digest["rules"][7:15] + digest["text"][7:15]
    pairing = "-".join(secrets.token_hex(2) for _ in range(3)).upper()
    texts = library.texts(rules, lang)
    for part, path in (("audit", output), ("annex", annex)):
        if path is None:
            continue
        made = io.BytesIO()
        workbook.write(rules, texts, part=part, kind=kind, pairing=pairing, path_or_file=made, build=build)
        write_bytes(path, made.getvalue(), lang)
        click.echo(say(lang, "written", path=path))


@main.command()
@FILES
@rules_options
@language_option
@JSON
def check(files: tuple[str, ...], standard: str | None, country: tuple[str, ...], lang: str, as_json: bool) -> None:
    """Validate only, save nothing: every problem, with its cell."""
    from recruitcheck.intake.reading import problem_record
    from recruitcheck.problem import has_errors

    found = read_files(files, lang, standard, country)
    texts = texts_of(found.standard, lang)
    if as_json:
        records = [problem_record(problem, texts) for problem in found.problems]
        print_json({"schema": "recruitcheck/problems@1", "problems": records})
    elif found.problems:
        print_problems(found.problems, lang, found.standard, stderr=False)
    else:
        click.echo(say(lang, "clean"))
    sys.exit(PROBLEMS if has_errors(found.problems) or found.submission is None else 0)


@main.command()
@FILES
@click.option("-o", "output", required=True, metavar="DIR", help="Where the marked copies go.")
@rules_options
@language_option
def annotate(files: tuple[str, ...], output: str, standard: str | None, country: tuple[str, ...], lang: str) -> None:
    """Write the same workbooks with the problems marked in them."""
    from recruitcheck.intake import annotate as marking

    found = read_files(files, lang, standard, country)
    texts = texts_of(found.standard, lang)
    books = {book.file: book for book in found.books}
    try:
        Path(output).mkdir(parents=True, exist_ok=True)
        for upload in load_uploads(files, lang):
            book = books.get(upload.display)
            if book is None:
                continue
            target = Path(output) / f"{upload.display.replace('.', '-')}-marked.xlsx"  # never over an original
            own = [problem for problem in found.every if problem.file == upload.display]
            marking.annotate(upload.data, book.kind, book, own, texts, target)
            click.echo(say(lang, "annotated", path=target))
    except OSError:
        stop(lang, UNAVAILABLE, "cannot_write", path=output)
    unread = [problem for problem in found.problems if problem.file not in books]
    if unread:
        print_problems(unread, lang, found.standard)
    sys.exit(0 if found.ok else PROBLEMS)


@main.command()
@FILES
@click.option("-o", "output", required=True, metavar="SUBMISSION.JSON", help="The canonical submission to write.")
@rules_options
@language_option
def convert(files: tuple[str, ...], output: str, standard: str | None, country: tuple[str, ...], lang: str) -> None:
    """Write the canonical submission that the files make together."""
    from recruitcheck.submission import canonical_bytes

    found = read_files(files, lang, standard, country)
    if found.submission is None or not found.ok:
        print_problems(found.problems, lang, found.standard)
        sys.exit(PROBLEMS)
    write_bytes(output, canonical_bytes(found.submission.canonical()) + b"\n", lang)
    click.echo(say(lang, "written", path=output))


# -- score, explain, whatif, compare -----------------------------------------------------------------------------


@main.command()
@FILES
@rules_options
@AS_OF
@language_option
@JSON
def score(
    files: tuple[str, ...], standard: str | None, country: tuple[str, ...], as_of: Any, lang: str, as_json: bool
) -> None:
    """Print the scorecard of one submission (its parts are FILE…)."""
    result = scored(files, lang, standard, country, as_of)
    if as_json:
        print_json(result.card)
        return
    from recruitcheck import terminal

    texts = texts_of(result.standard, lang)
    terminal.scorecard(terminal.console(), result.report(texts), texts)


@main.command()
@click.argument("words", nargs=-1, required=True, metavar="FILE… CRITERION")
@rules_options
@AS_OF
@language_option
def explain(words: tuple[str, ...], standard: str | None, country: tuple[str, ...], as_of: Any, lang: str) -> None:
    """Tell how one verdict came about: expression, values, rows, cells, clauses."""
    if len(words) < 2:
        raise click.UsageError("explain takes FILE… and then the id of a criterion")
    *files, criterion = words
    result = scored(files, lang, standard, country, as_of)
    place = known_criterion(result.standard, criterion, lang)
    from recruitcheck import terminal

    terminal.explanation(terminal.console(), result, place, texts_of(result.standard, lang))


def known_criterion(standard: Any, name: str, language: str) -> int:
    """The place of a criterion. Ends with 2 and the nearest name if there is none."""
    names = [criterion.id for criterion in standard.criteria]
    if name not in names:
        stop(language, USAGE, "criterion_missing", name=name, standard=standard.name, hint=near(name, names))
    return names.index(name)


@main.command(cls=Greedy)
@FILES
@click.option("--set", "changes", multiple=True, metavar="CRITERION=pass …", help="Put in verdicts by hand.")
@rules_options
@AS_OF
@language_option
@JSON
def whatif(
    files: tuple[str, ...],
    changes: tuple[str, ...],
    standard: str | None,
    country: tuple[str, ...],
    as_of: Any,
    lang: str,
    as_json: bool,
) -> None:
    """Tell what would change; without --set, the shortest ways to the next band."""
    from recruitcheck.rules.outcome import VERDICT_OF_WORD

    result = scored(files, lang, standard, country, as_of)
    verdicts = {}
    for change in changes:
        name, _, word = change.partition("=")
        if word not in VERDICT_OF_WORD:
            stop(lang, USAGE, "set_unreadable", found=change)
        known_criterion(result.standard, name, lang)
        verdicts[name] = VERDICT_OF_WORD[word]
    if verdicts:
        now, then = result.outcome(), result.with_verdicts(verdicts)
        if as_json:
            print_json({"schema": "recruitcheck/whatif@1", "now": now, "then": then})
            return
        for key, found in (("now", now), ("then", then)):
            click.echo(say(lang, key, result=result_words(found, lang)))
        return
    found = result.shortest_ways()
    if as_json:
        print_json({"schema": "recruitcheck/whatif@1", **found})
        return
    click.echo(say(lang, "now", result=result_words(found["now"], lang)))
    click.echo(say(lang, "ways" if found["ways"] else "no_way"))
    texts = texts_of(result.standard, lang)
    for way in found["ways"]:
        names = "; ".join(f"{texts.criterion(name)} [{name}]" for name in way["criteria"])
        click.echo("  " + say(lang, "better", result=result_words(way, lang), criteria=names))
    if found["left_out"]:
        click.echo(say(lang, "left_out", most=len(found["looked_at"]), names=", ".join(found["left_out"])))


def result_words(result: Any, language: str) -> str:
    from recruitcheck.text import say as translate

    if result["band"]:
        return say(language, "band_result", band=result["band"])
    return translate(language, f"words.outcome.{result['outcome']}")


@main.command(cls=Greedy)
@FILES
@click.option("--with", "audit", multiple=True, required=True, metavar="AUDIT…", help="The audit to compare with.")
@rules_options
@AS_OF
@language_option
@JSON
def compare(
    files: tuple[str, ...],
    audit: tuple[str, ...],
    standard: str | None,
    country: tuple[str, ...],
    as_of: Any,
    lang: str,
    as_json: bool,
) -> None:
    """Hold what was claimed (FILE…) against what was found (--with AUDIT…), criterion by criterion."""
    claimed = scored(files, lang, standard, country, as_of)
    found = scored(audit, lang, standard, country, as_of)
    result = claimed.compared(found)
    if as_json:
        print_json({"schema": "recruitcheck/comparison@1", **result})
        return
    from recruitcheck import terminal

    terminal.comparison(terminal.console(), result, texts_of(found.standard, lang))


# -- standards ---------------------------------------------------------------------------------------------------


@main.group()
def standards() -> None:
    """Read, check and compare the standards."""


@standards.command("list")
@language_option
def list_standards(lang: str) -> None:
    """List every edition with its status, its criteria and its national overlays."""
    from recruitcheck import library

    for name in library.editions():
        standard = check_rules(lang, name, ())
        countries = ", ".join(sorted(standard.overlays)) or "–"
        click.echo(f"{name}  {standard.status}  {standard.start}  {len(standard.criteria)}  + {countries}")


@standards.command("show")
@click.argument("name", metavar="ID@EDITION")
@click.argument("criterion", required=False)
@click.option("--country", multiple=True, metavar="CODE", help="With national rules.")
@language_option
def show_standard(name: str, criterion: str | None, country: tuple[str, ...], lang: str) -> None:
    """Show an edition, or one criterion of it in full."""
    from recruitcheck import library, terminal

    standard = check_rules(lang, name, country)
    texts, out = library.texts(standard, lang), terminal.console()
    if criterion is None:
        terminal.standard(out, standard, texts, library.digests(standard.name))
        return
    overlay = [c for o in standard.overlays.values() for c in o.added]
    everything = [*standard.criteria, *(c for c in overlay if standard.criterion(c.id) is None)]
    chosen = next((c for c in everything if c.id == criterion), None)
    if chosen is None:
        known_criterion(standard, criterion, lang)
        return
    terminal.criterion(out, chosen, texts, library.sources())


@standards.command("lint")
@click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@language_option
def lint_standards(path: Path | None, lang: str) -> None:
    """Check every edition under PATH (by default those that ship) against the house rules."""
    from recruitcheck import library
    from recruitcheck.problem import StandardFault
    from recruitcheck.rules.lint import lint
    from recruitcheck.text import LANGUAGES as ALL

    errors = warnings = 0
    for name in library.editions(path):
        try:
            standard = library.load(name, path)
            cases, faults = library.cases(standard, path)
            tables = {language: library.texts(standard, language, path).tables for language in ALL}
            faults += lint(standard, tables, cases, library.digests(name, path), library.lock(path))
        except StandardFault as error:
            faults, cases, standard = error.faults, [], None
        for fault in faults:
            click.echo(f"{fault.level}: {fault}")
        errors += sum(fault.level == "error" for fault in faults)
        warnings += sum(fault.level != "error" for fault in faults)
        if standard is not None and not faults:
            count = len(standard.criteria) + sum(len(o.added) for o in standard.overlays.values())
            click.echo(say(lang, "no_faults", name=name, criteria=count, cases=len(cases)))
    if errors or warnings:
        click.echo(say(lang, "faults", errors=errors, warnings=warnings))
    sys.exit(PROBLEMS if errors else 0)


@standards.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@language_option
@JSON
def diff_standards(old: str, new: str, lang: str, as_json: bool) -> None:
    """Tell what changed from edition A to edition B (ID@EDITION, or the folder of an edition)."""
    from recruitcheck.rules.diff import diff

    (before, texts_before), (after, texts_after) = (edition(name, lang) for name in (old, new))
    changes = diff(before, after, texts_before.tables, texts_after.tables)
    if as_json:
        records = [
            {"criterion": c.criterion, "kind": c.kind, "parts": list(c.parts), "from": c.start.isoformat()}
            for c in changes
        ]
        print_json({"schema": "recruitcheck/diff@1", "from": before.name, "to": after.name, "changes": records})
        return
    from recruitcheck import terminal

    terminal.changes(terminal.console(), before.name, after.name, changes, texts_after)


def edition(name: str, language: str) -> tuple[Any, Texts]:
    """An edition and its texts by name, or by the path of its folder."""
    from recruitcheck import library

    folder = Path(name)
    if "@" in name or not (folder / "standard.toml").is_file():
        standard = check_rules(language, name, ())
        return standard, library.texts(standard, language)
    folder = folder.resolve()
    standard = library.load(f"{folder.parent.name}@{folder.name}", folder.parent.parent)
    return standard, library.texts(standard, language, folder.parent.parent)


if __name__ == "__main__":
    main()
