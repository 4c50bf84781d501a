"""What `duochat surprise` prints: a table and the most surprising words, or one JSON document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from tui.arena.stats.perplexity import Surprise, Word, most_surprising, surprise_of, together, words
from tui.chat.conversation import Conversation, ModelInfo, Side
from tui.cli.output import print_line, print_table
from tui.session.cross_scoring import Read
from tui.text import clean_line

_WORDS = 10
"""How many of the most surprising words are printed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How surprised `reader` was by the text of `writer` (None: a text that neither wrote), and by which words."""

    reader: Side
    writer: Side | None
    surprise: Surprise
    words: tuple[Word, ...]
    error: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of both models; `conversation` is its number in the archive, None for a text."""

    models: Mapping[Side, ModelInfo]
    conversation: int | None
    prompts: tuple[str, ...]
    findings: tuple[Finding, ...]

    def of(self, reader: Side, writer: Side | None) -> Finding:
        """Return the finding of `reader` about `writer`."""
        return next(each for each in self.findings if (each.reader, each.writer) == (reader, writer))


def report_of(conversation: Conversation, reads: Sequence[Read]) -> Report:
    """Summarize the scores of a conversation's answers, or of a text."""
    pairs = dict.fromkeys((read.reader, read.writer) for read in sorted(reads, key=lambda read: read.reader))
    findings = (_finding(reader, writer, reads) for reader, writer in pairs)
    prompts = tuple(exchange.question.text for exchange in conversation.exchanges)
    return Report(conversation.models, conversation.id, prompts, tuple(findings))


def _finding(reader: Side, writer: Side | None, reads: Sequence[Read]) -> Finding:
    mine = [read for read in reads if (read.reader, read.writer) == (reader, writer)]
    found = [word for read in mine for word in words(read.text, read.scores)]
    error = next((read.trouble for read in mine if read.trouble), None)
    surprise = together(surprise_of(read.scores) for read in mine)
    return Finding(reader, writer, surprise, most_surprising(found, _WORDS), error)


def document(report: Report) -> dict[str, Any]:
    """Return the report in the shape that scripts rely on."""
    values: dict[str, Any] = {"conversation": report.conversation, "prompts": report.prompts}
    for side, model in report.models.items():
        read = {_relation(each): _entry(each) for each in report.findings if each.reader is side}
        values[side] = {"model": model.model, "name": model.name, **read}
    return values


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
        "perplexity": round(surprise.perplexity, 6),
        "words": [{"word": word.text, "bits": round(word.bits, 3)} for word in finding.words],
        "error": finding.error,
    }


def show(out: Console, err: Console, report: Report) -> None:
    """Print a table, the most surprising words, and the errors."""
    if not out.is_terminal:
        print_line(out, "")
    head, *rows = _lines(report)
    print_table(out, head, rows, right=head[1:])
    for finding in report.findings:
        if finding.writer is not finding.reader and finding.words:
            words_line = " · ".join(f"{clean_line(word.text, 40)} {word.bits:.1f}" for word in finding.words)
            out.print(Text(f"Most surprising for {_name(report, finding.reader)} (bits): {words_line}"), soft_wrap=True)
    for finding in report.findings:
        if finding.error is not None:
            sentence = f"duochat: {finding.reader} ({_name(report, finding.reader)}): {finding.error}"
            err.print(Text(clean_line(sentence, limit=2000)), soft_wrap=True)


def _lines(report: Report) -> Iterator[tuple[str, ...]]:
    writers = dict.fromkeys(finding.writer for finding in report.findings)
    columns = ("the text" if writer is None else f"{_name(report, writer)} wrote" for writer in writers)
    yield ("bits per byte of what", *columns)
    for reader in report.models:
        found = (report.of(reader, writer) for writer in writers)
        figures = (f"{each.surprise.bits_per_byte:.3f}" if each.surprise.tokens else "-" for each in found)
        yield (f"{_name(report, reader)} read", *figures)


def _name(report: Report, side: Side) -> str:
    name = clean_line(report.models[side].name)
    return f"{name} ({side})" if report.models[side.other].name == report.models[side].name else name
