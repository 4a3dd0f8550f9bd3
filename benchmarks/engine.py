"""The evaluator over a million submissions, its growth, and four peers on the same rules and the same data.

    python benchmarks/engine.py            all tables
    python benchmarks/engine.py --quick    a tenth of the data

Columns are in memory before the clock starts; every size is measured in processes of its own.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import generate
import measure
import numpy as np
import rules

from recruitcheck.rules.evaluate import Verdicts, evaluate
from recruitcheck.rules.grammar import Node
from recruitcheck.rules.outcome import Verdict
from recruitcheck.rules.score import facts, score
from recruitcheck.rules.standard import FieldType, Standard
from recruitcheck.rules.tables import Tables, from_records

ROWS = 5  # child rows a submission
SINGLE = 1000  # submissions that are evaluated one by one as well
DICTS = 5000  # submissions for the peers that read one dict at a time


def standard(name: str) -> Standard:
    """ "shipped", or "larger": the sixty rules of the comparison added, as many more criteria."""
    shipped = generate.shipped()
    if name == "shipped":
        return shipped
    return replace(shipped, criteria=shipped.criteria + rules.standard(shipped).criteria)


# -- ours, in a process of its own -------------------------------------------------------------------------------


def one_size(name: str, count: int, singles: int) -> dict[str, Any]:
    """Seconds and peak memory of evaluating and scoring that many submissions, the first time in this process."""
    of = standard(name)
    tables = generate.generate(of, count, ROWS * count)
    before = measure.peak_mib()
    start, busy = time.perf_counter(), time.process_time()
    verdicts = evaluate(of, tables)
    evaluated, cpu = time.perf_counter(), time.process_time() - busy
    peak = measure.peak_mib()
    known = facts(of, tables)
    gathered = time.perf_counter()
    score(of, verdicts.proven, verdicts.claimed, known)
    scored = time.perf_counter()
    return {
        "evaluate": evaluated - start,
        "cpu": cpu,
        "facts": gathered - evaluated,
        "score": scored - gathered,
        "columns_mib": before,
        "peak_mib": peak,
        "all_mib": measure.peak_mib(),
        "criteria": len(of.criteria),
        "checks": sum(len(criterion.checks) for criterion in of.criteria),
        "different": differing(of, tables, verdicts, singles) if singles else 0,
    }


def differing(of: Standard, tables: Tables, verdicts: Verdicts, singles: int) -> int:
    """How many of a sample come out otherwise, in any byte, when each is evaluated alone from its dict."""
    places = list(range(0, tables.count, tables.count // singles))[:singles]
    records, days = generate.records(of, tables, places), generate.days(tables, places)
    return sum(
        every_byte(evaluate(of, from_records(of, [record], [day])), 0) != every_byte(verdicts, place)
        for place, record, day in zip(places, records, days, strict=True)
    )


def every_byte(verdicts: Verdicts, place: int) -> bytes:
    rows = [*verdicts.proven, *verdicts.claimed, *verdicts.evidence]
    rows += [truth for truths in (*verdicts.checks, *verdicts.local) for truth in truths]
    return bytes(int(row[place]) for row in rows)


def growth(sizes: list[int], runs: int) -> str:
    lines = []
    for name in ("shipped", "larger"):
        for count in sizes:
            args = ("engine.py", "--size", str(count), "--standard", name)
            results, checked = measure.fresh(*args, runs=runs), measure.fresh(*args, "--singles", str(SINGLE))[0]
            middle = {key: measure.middle(results, key) for key in results[0]}
            first = results[0]
            lines.append(
                (
                    f"{name}: {first['criteria']} criteria, {first['checks']} checks",
                    measure.count(count),
                    f"{middle['evaluate']:.3f}",
                    f"{min(r['evaluate'] for r in results):.3f} to {max(r['evaluate'] for r in results):.3f}",
                    f"{middle['cpu']:.3f}",
                    measure.count(count / middle["evaluate"]),
                    f"{middle['facts']:.3f} + {middle['score']:.3f}",
                    f"{middle['columns_mib']:.0f}",
                    f"{middle['peak_mib']:.0f}",
                    f"{middle['all_mib']:.0f}",
                    f"{checked['different']} of {SINGLE:,}",
                )
            )
    head = (
        "standard",
        "submissions",
        "evaluate s",
        "all runs",
        "processor s",
        "submissions/s",
        "facts + score s",
        "columns MiB",
        "peak MiB",
        "with score",
        "other bytes one by one",
    )
    return measure.table(head, lines)


# -- peers -------------------------------------------------------------------------------------------------------


def two_valued(of: Standard, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The submissions as the flat dicts that the peers read: days are whole numbers, rows stand under their section."""
    days = {f.id for f in of.questionnaire.fields() if f.type is FieldType.DATE}

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {key: generate.date.fromisoformat(v).toordinal() if key in days else v for key, v in row.items()}

    flat = []
    for record in records:
        one: dict[str, Any] = {}
        for section in of.questionnaire.singles:
            one |= plain(record[section.id])
        one[rules.CHILD] = [plain(row) for row in record["sections"][rules.CHILD]["rows"]]
        flat.append(one)
    return flat


class OpenFisca:
    """The sixty rules as variables of a tax-benefit system; choices are whole numbers, one row is one person."""

    PERIOD = "2026-01"

    def __init__(self, of: Standard, tables: Tables) -> None:
        from openfisca_core.entities import build_entity
        from openfisca_core.simulations import SimulationBuilder
        from openfisca_core.taxbenefitsystems import TaxBenefitSystem

        member = build_entity(key="row", plural="rows", label="", is_person=True)
        group = build_entity(key="submission", plural="submissions", label="", roles=[{"key": "row", "plural": "rows"}])
        self._system = TaxBenefitSystem([group, member])
        self._builder = SimulationBuilder
        table = tables.tables[rules.CHILD]
        owners = np.concatenate([np.tile(block.members, block.rows) for block in table.blocks])
        self._order = np.argsort(owners, kind="stable")
        self._owners, self._count = owners[self._order], tables.count
        self._inputs: dict[str, np.ndarray] = {}
        read = [part for node in rules.nodes(of) for part in node.walk() if isinstance(part, rules.FieldRef)]
        for field, row in {part.field.id: (part.field, part.row) for part in read}.values():
            columns = [block.columns[field.id] for block in table.blocks] if row else [tables.singles[field.id]]
            values = np.concatenate([column.values.ravel() for column in columns])
            values = values[self._order] if row else values
            yes_no = field.type is FieldType.YES_NO
            self._inputs[field.id] = values == 1 if yes_no else values.astype(np.int32)
            self._variable(field.id, member if row else group, bool if yes_no else int, None)
        for number, node in enumerate(rules.nodes(of)):
            self._variable(f"rule_{number}", group, bool, self._formula(node))
        self._rules = [f"rule_{number}" for number in range(len(of.criteria))]

    def _variable(self, name: str, entity: Any, kind: type, formula: Callable[..., Any] | None) -> None:
        from openfisca_core.periods import DateUnit
        from openfisca_core.variables import Variable

        body = {"value_type": kind, "entity": entity, "definition_period": DateUnit.MONTH, "label": name}
        self._system.add_variable(type(name, (Variable,), body | ({"formula": formula} if formula else {})))

    @staticmethod
    def _formula(node: Node) -> Callable[..., Any]:
        def formula(group: Any, period: Any) -> Any:
            def get(name: str, row: bool) -> Any:
                return (group.members if row else group)(name, period)

            return rules.arrays(node, group, get)

        return formula

    def build(self) -> Any:
        builder = self._builder()
        builder.create_entities(self._system)
        builder.declare_person_entity("row", np.arange(len(self._owners)))
        groups = builder.declare_entity("submission", np.arange(self._count))
        builder.join_with_persons(groups, self._owners, roles=np.full(len(self._owners), "row"))
        simulation = builder.build(self._system)
        for name, values in self._inputs.items():
            simulation.set_input(name, self.PERIOD, values)
        return simulation

    def answers(self, simulation: Any) -> np.ndarray:
        return np.asarray([simulation.calculate(name, self.PERIOD) for name in self._rules])


def per_dict(of: Standard) -> dict[str, Callable[[dict[str, Any]], Any]]:
    """All sixty answers for one dict, in each of the languages that evaluate one dict at a time."""
    import cel
    import zen

    nodes = rules.nodes(of)
    python = rules.Python().function(nodes)
    in_zen = zen.compile_expression("[" + ", ".join(rules.Zen().write(node) for node in nodes) + "]")
    in_cel = cel.compile("[" + ", ".join(rules.Cel().write(node) for node in nodes) + "]")

    def with_cel(one: dict[str, Any]) -> Any:
        context = cel.Context(variables=one)
        context.add_function("total", sum)  # CEL has no sum
        return in_cel.execute(context)

    return {
        "plain Python, one loop": python,
        "zen-engine": in_zen.evaluate,
        "common-expression-language": with_cel,
    }


def peers(count: int, runs: int) -> str:
    shipped = generate.shipped()
    of = rules.standard(shipped)
    tables = generate.generate(of, count, ROWS * count, unknown=0, only=rules.CHILD)
    ours = evaluate(of, tables).proven == Verdict.PASS

    fisca = OpenFisca(of, tables)
    theirs = fisca.answers(fisca.build())
    agreed = {"OpenFisca-core": f"{(ours == theirs).all(axis=0).sum():,} of {count:,}"}
    simulations: list[Any] = []

    def fresh_simulation() -> None:
        simulations[:] = [fisca.build()]

    built = measure.median_seconds(fresh_simulation, runs)
    times: dict[str, list[float]] = {"ours": [], "OpenFisca-core": []}
    work = {"ours": lambda: evaluate(of, tables), "OpenFisca-core": lambda: fisca.answers(simulations[0])}
    for at in range(runs):
        for name in list(work)[:: 1 if at % 2 else -1]:
            for _ in range(2):  # the first is untimed: whoever comes second would pay for the other's memory
                fresh_simulation()  # it remembers what it has calculated
                taken = measure.seconds(work[name])
            times[name].append(taken)
    bulk = {name: measure.statistics.median(taken) for name, taken in times.items()}

    places = list(range(0, count, max(1, count // DICTS)))[:DICTS]
    records, days = generate.records(of, tables, places), generate.days(tables, places)
    flat = two_valued(of, records)
    engines = per_dict(of)
    for name, engine in engines.items():
        same = sum(list(map(bool, engine(one))) == ours[:, at].tolist() for one, at in zip(flat, places, strict=True))
        agreed[name] = f"{same:,} of {len(flat):,}"
    together = evaluate(of, from_records(of, records, days)).proven == Verdict.PASS
    agreed["ours, from dicts"] = f"{(together == ours[:, places]).all(axis=0).sum():,} of {len(flat):,}"

    def each(engine: Callable[[dict[str, Any]], Any]) -> Callable[[], None]:
        def run() -> None:
            for one in flat:
                engine(one)

        return run

    def alone() -> None:
        for record, day in zip(records[:200], days, strict=False):
            evaluate(of, from_records(of, [record], [day]))

    work = {name: each(engine) for name, engine in engines.items()}
    work["ours, from dicts, all together"] = lambda: evaluate(of, from_records(of, records, days))
    work["ours, from dicts, one at a time"] = alone
    singly = measure.rotated(work, runs)

    best = count / bulk["ours"]
    lines = [
        ("**ours**, columns in memory", measure.count(count), f"{bulk['ours']:.3f}", measure.count(best), "1", ""),
        (
            "OpenFisca-core, simulation built",
            measure.count(count),
            f"{bulk['OpenFisca-core']:.3f}",
            measure.count(count / bulk["OpenFisca-core"]),
            f"{bulk['OpenFisca-core'] / bulk['ours']:.1f}",
            agreed["OpenFisca-core"],
        ),
        (
            "OpenFisca-core with building it",
            measure.count(count),
            f"{bulk['OpenFisca-core'] + built:.3f}",
            measure.count(count / (bulk["OpenFisca-core"] + built)),
            f"{(bulk['OpenFisca-core'] + built) / bulk['ours']:.1f}",
            "",
        ),
    ]
    for name, taken in singly.items():
        done = 200 if name.endswith("one at a time") else len(flat)
        rate = done / taken
        same = agreed.get(name, agreed["ours, from dicts"] if name.endswith("together") else "")
        lines.append((name, measure.count(done), f"{taken:.3f}", measure.count(rate), f"{best / rate:,.0f}", same))
    head = ("engine", "submissions", "s", "submissions/s", "times ours", "answers equal to ours")
    return measure.table(head, lines)


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--quick", action="store_true")
    parse.add_argument("--runs", type=int, default=5)
    parse.add_argument("--size", type=int, help="one size only, as JSON")
    parse.add_argument("--singles", type=int, default=0, help="with --size: how many to evaluate one by one as well")
    parse.add_argument("--standard", default="shipped", choices=("shipped", "larger"))
    given = parse.parse_args()
    if given.size:
        print(json.dumps(one_size(given.standard, given.size, given.singles)))
        return
    sizes = [1_000, 10_000, 100_000] if given.quick else [10_000, 100_000, 1_000_000]
    shape = f"{ROWS} child rows a submission, 5 % unknown, 10 % of the sections open"
    print(f"### {shape}; medians of {given.runs} processes\n")
    print(growth(sizes, given.runs), "\n")
    same = f"the same {len(rules.TEXTS)} rules, the same two-valued data"
    print(f"### {same}; medians of {given.runs} runs, order rotated\n")
    missing = [name for name in ("openfisca_core", "zen", "cel") if find_spec(name) is None]
    if missing:
        print(f"Not measured: {', '.join(missing)} not installed; `pip install -e '.[bench]'` brings them.")
        return
    print(peers(sizes[-1], given.runs))


if __name__ == "__main__":
    main()
