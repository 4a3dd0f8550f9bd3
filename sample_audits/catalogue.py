"""The sample audits in order: where each lies and in which language it was filled in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Sample:
    """One submission: the files ``parts`` of ``path``, or ``path`` itself if it names none."""

    path: str
    language: str
    parts: tuple[str, ...] = ("audit.xlsx", "annex.xlsx")

    @property
    def id(self) -> str:
        return self.path.partition(".")[0]

    def files(self, folder: Path = HERE) -> list[Path]:
        return [folder / self.path / part for part in self.parts] or [folder / self.path]

    def expected(self, folder: Path = HERE) -> Path:
        return folder / "expected" / f"{self.id}.json"


SAMPLES: Final = (
    Sample("good-agency", "fr"),
    Sample("fees-found", "en"),
    Sample("ordinary-weaknesses", "fr"),
    Sample("four-majors", "en"),
    Sample("blank-fee-sheet", "fr"),
    Sample("hotel-self-assessment", "fr"),
    Sample("hotel-audit", "fr"),
    Sample("arabic-digits", "ar"),
    Sample("decimal-commas", "fr"),
    Sample("farm.ods", "fr", ()),
    Sample("csv-zip.zip", "ar", ()),
    Sample("forty-mistakes", "fr"),
    Sample("passports-held", "en"),
    Sample("licence-expired.json", "en", ()),
)
