"""Owns how surprises are shown: a table and the words behind it, or one JSON document."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tui.arena.stats.perplexity import Surprise, Word, most_surprising, surprise_of, together, words
from tui.chat.conversation import Conversation, ModelInfo, Side
from tui.session.cross_scoring import Read
from tui.text import clean_line

_WORDS = 10
"""How many of the words that surprised most are told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How surprised `reader` was by all that `writer` wrote (None: a text that neither wrote), and by which words."""

    reader: Side
    writer: Side | None
    surprise: Surprise
    words: tuple[Word, ...]
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What both made of what they read; `conversation` is the archive's number of it, None for a text."""

    models: Mapping[Side, ModelInfo]
    conversation: int | None
    prompts: tuple[str, ...]
    findings: tuple[Finding, ...]

    def of(self, reader: Side, writer: Side | None) -> Finding:
        """What `reader` made of `writer`."""
        return next(each for each in self.findings if (each.reader, each.writer) == (reader, writer))


def report_of(conversation: Conversation, reads: Sequence[Read]) -> Report:
    """The report on what was read in a conversation, or beside one."""
    pairs = dict.fromkeys((read.reader, read.writer) for read in sorted(reads, key=lambda read: read.reader))
    findings = (_finding(reader, writer, reads) for reader, writer in pairs)
    prompts = tuple(exchange.question.text for exchange in conversation.exchanges)
    return Report(conversation.models, conversation.id, prompts, tuple(findings))


def _finding(reader: Side, writer: Side | None, reads: Sequence[Read]) -> Finding:
    mine = [read for read in reads if (read.reader, read.writer) == (reader, writer)]
    found = [word for read in mine for word in words(read.text, read.scores)]
    trouble = next((read.trouble for read in mine if read.trouble), None)
    surprise = together(surprise_of(read.scores) for read in mine)
    return Finding(reader, writer, surprise, most_surprising(found, _WORDS), trouble)


def write(out: Console, report: Report) -> None:
    """One JSON document."""
    document: dict[str, Any] = {"conversation": report.conversation, "prompts": report.prompts}
    for side, model in report.models.items():
        read = {_relation(each): _entry(each) for each in report.findings if each.reader is side}
        document[side] = {"model": model.model, "name": model.name, **read}
    out.file.write(json.dumps(document, ensure_ascii=True, indent=2) + "\n")


def _relation(finding: Finding) -> str:
    if finding.writer is None:
        return "text"
    return "own" if finding.writer is finding.reader else "other"


def _entry(finding: Finding) -> dict[str, Any]:
    surprise = finding.surprise
    return {
        "bits_per_byte": round(surprise.bits_per_byte, 6),
        "bits": round(surprise.bits, 3),
        "bytes": surprise.bytes,
        "tokens": surprise.tokens,
        "perplexity": round(surprise.perplexity, 6) if math.isfinite(surprise.perplexity) else None,
        "words": [{"word": word.text, "bits": round(word.bits, 3)} for word in finding.words],
        "error": finding.trouble,
    }


def show(out: Console, err: Console, report: Report) -> None:
    """A table on a terminal, tab-separated lines elsewhere; then the words, and what went wrong."""
    lines = list(_lines(report))
    if out.is_terminal:
        out.print(_table(lines))
    else:
        out.file.write("\n" + "".join("\t".join(line) + "\n" for line in lines))
    for finding in report.findings:
        if finding.writer is not finding.reader and finding.words:
            told = " · ".join(f"{clean_line(word.text, 40)} {word.bits:.1f}" for word in finding.words)
            out.print(Text(f"What surprised {_name(report, finding.reader)} most (bits): {told}"), soft_wrap=True)
    for finding in report.findings:
        if finding.trouble is not None:
            told = f"duochat: {finding.reader} ({_name(report, finding.reader)}): {finding.trouble}"
            err.print(Text(clean_line(told, limit=2000)), soft_wrap=True)


def _lines(report: Report) -> Iterator[tuple[str, ...]]:
    writers = dict.fromkeys(finding.writer for finding in report.findings)
    columns = ("the text" if writer is None else f"{_name(report, writer)} wrote" for writer in writers)
    yield ("bits per byte of what", *columns)
    for reader in report.models:
        found = (report.of(reader, writer) for writer in writers)
        figures = (f"{each.surprise.bits_per_byte:.3f}" if each.surprise.tokens else "-" for each in found)
        yield (f"{_name(report, reader)} read", *figures)


def _table(lines: Sequence[Sequence[str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(lines[0]):
        table.add_column(Text(name), justify="right" if index else "left")
    for line in lines[1:]:
        table.add_row(*map(Text, line))
    return table


def _name(report: Report, side: Side) -> str:
    name = clean_line(report.models[side].name)
    return f"{name} ({side})" if report.models[side.other].name == report.models[side].name else name
