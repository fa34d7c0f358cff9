"""A quote's paper drawn as PDF: the same paper gives the same bytes.

ReportLab, since it lays out tables over pages, numbers "n / m", writes Chinese without a font file
(the standard CJK font STSong-Light, which PDF viewers supply), and can leave out times and random
ids. A company that wants its own font in the file names it by setting.
"""

import io
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from contracts.values import Money
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from pipeline.documents.numerals import in_capitals
from pipeline.documents.paper import QuotePaper
from pipeline.documents.words import WORDS
from pipeline.entities.model import PaperTerms
from pipeline.pricing.model import PaperLine

_STANDARD_FONT, _OWN_FONT = "STSong-Light", "PaperFont"
_GREY, _LIGHT = colors.HexColor("#5f6b7a"), colors.HexColor("#eef1f5")
_FIGURES = frozenset({2, 4, 5, 6, 7, 8})
_WIDTHS = [9 * mm, 43 * mm, 15 * mm, 12 * mm, 23 * mm, 13 * mm, 13 * mm, 24 * mm, 26 * mm]


def drawn(paper: QuotePaper, language: str, font_file: str | None = None) -> bytes:
    """The PDF. Takes a tenth of a second: not for the event loop."""
    return _Drawing(paper, language, _font(font_file)).bytes()


def _font(file: str | None) -> str:
    if file is None:
        pdfmetrics.registerFont(UnicodeCIDFont(_STANDARD_FONT))
        return _STANDARD_FONT
    pdfmetrics.registerFont(TTFont(_OWN_FONT, file))
    return _OWN_FONT


class _Drawing:
    def __init__(self, paper: QuotePaper, language: str, font: str) -> None:
        self._paper = paper
        self._offer = paper.offer
        self._is_chinese = language != "en"
        self._words = WORDS["zh-CN" if self._is_chinese else "en"]
        self._font = font
        wrap = "CJK" if self._is_chinese else None
        plain = ParagraphStyle("plain", fontName=font, fontSize=9, leading=13, wordWrap=wrap)
        self._plain = plain
        self._small = ParagraphStyle("small", plain, fontSize=8, leading=11)
        self._right = ParagraphStyle("right", self._small, alignment=TA_RIGHT)
        self._head = ParagraphStyle("head", self._small, textColor=_GREY)
        self._head_right = ParagraphStyle("head-right", self._head, alignment=TA_RIGHT)
        self._title = ParagraphStyle(
            "title", plain, fontSize=18, leading=26, alignment=TA_CENTER, spaceAfter=4 * mm
        )
        self._firm = ParagraphStyle("firm", plain, fontSize=12, leading=17)
        self._section = ParagraphStyle(
            "section", plain, fontSize=10.5, leading=16, spaceBefore=4 * mm, spaceAfter=1 * mm
        )

    def bytes(self) -> bytes:
        file = io.BytesIO()
        document = SimpleDocTemplate(
            file,
            pagesize=A4,
            leftMargin=16 * mm,
            rightMargin=16 * mm,
            topMargin=16 * mm,
            bottomMargin=18 * mm,
            title=f"{self._paper.number}-{self._paper.revision}",
            author=self._seller_name(),
            invariant=1,
        )
        document.build(self._story(), canvasmaker=partial(_Pages, drawing=self))
        return file.getvalue()

    def on_page(self, canvas: Canvas, page: int, pages: int) -> None:
        """What every page has: its number, and across it that this is a draft."""
        width, height = A4
        canvas.saveState()
        canvas.setFont(self._font, 8)
        canvas.setFillColor(_GREY)
        canvas.drawCentredString(
            width / 2, 10 * mm, self._words["page"].format(page=page, pages=pages)
        )
        canvas.drawString(16 * mm, 10 * mm, f"{self._paper.number}-{self._paper.revision}")
        if self._paper.is_draft:
            canvas.setFillColor(colors.Color(0.6, 0.65, 0.7, alpha=0.25))
            canvas.setFont(self._font, 110)
            canvas.translate(width / 2, height / 2)
            canvas.rotate(40)
            canvas.drawCentredString(0, -40, self._words["draft"])
        canvas.restoreState()

    def _story(self) -> list[Flowable]:
        options = [line for line in self._offer.lines if line.is_optional]
        counted = [line for line in self._offer.lines if not line.is_optional]
        story = [
            *self._seller(),
            Paragraph(self._words["quotation"], self._title),
            self._about(),
            Spacer(1, 4 * mm),
            self._lines(counted, with_total=True),
            *self._totals(),
        ]
        if options:
            story += [
                Paragraph(self._words["options"], self._section),
                self._lines(options, with_total=False),
            ]
        return [*story, *self._terms(), self._signing()]

    def _seller_name(self) -> str:
        entity = self._paper.entity
        if entity is None:
            return ""
        return entity.name if self._is_chinese else entity.name_en or entity.name

    def _seller(self) -> list[Flowable]:
        entity = self._paper.entity
        if entity is None:
            return []
        address = entity.address if self._is_chinese else entity.address_en or entity.address
        said = [
            ("address", address),
            ("phone", entity.phone),
            ("tax_number", entity.tax_number),
        ]
        facts = "　".join(f"{self._words[word]}: {value}" for word, value in said if value)
        return [
            Paragraph(escape(self._seller_name()), self._firm),
            Paragraph(escape(facts), self._head),
            Spacer(1, 3 * mm),
        ]

    def _about(self) -> Flowable:
        paper, words = self._paper, self._words
        issued = paper.issued_on.isoformat() if paper.issued_on else "—"
        cells = [
            ("customer", paper.customer, "number", f"{paper.number}-{paper.revision}"),
            ("subject", paper.title, "date", issued),
            (
                "currency",
                self._offer.currency,
                "valid_until",
                self._offer.valid_until.isoformat(),
            ),
        ]
        rows = [
            [
                Paragraph(words[left], self._head),
                Paragraph(escape(said), self._plain),
                Paragraph(words[right], self._head),
                Paragraph(escape(told), self._plain),
            ]
            for left, said, right, told in cells
        ]
        table = Table(rows, colWidths=[18 * mm, 82 * mm, 22 * mm, 56 * mm])
        table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]))
        return table

    def _lines(self, lines: Sequence[PaperLine], *, with_total: bool) -> Flowable:
        words = self._words
        head = [
            words[word]
            for word in (
                "item", "name", "quantity", "unit", "unit_price", "discount", "tax_rate", "net",
                "gross",
            )
        ]  # fmt: skip
        styles = [self._head_right if place in _FIGURES else self._head for place in range(9)]
        rows: list[list[Any]] = [
            [Paragraph(word, style) for word, style in zip(head, styles, strict=True)]
        ]
        rows += [self._line(place, line) for place, line in enumerate(lines, start=1)]
        style: list[Any] = [
            ("BACKGROUND", (0, 0), (-1, 0), _LIGHT),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LIGHT),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2.5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
        ]
        if with_total:
            total = self._offer.total
            rows.append(
                [
                    "",
                    Paragraph(words["total"], self._plain),
                    *[""] * 5,
                    Paragraph(_money(total.net), self._right),
                    Paragraph(_money(total.gross), self._right),
                ]
            )
            style.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, _GREY))
        table = Table(rows, colWidths=_WIDTHS, repeatRows=1)
        table.setStyle(TableStyle(style))
        return table

    def _line(self, place: int, line: PaperLine) -> list[Any]:
        said = "taxed" if line.is_taxed else "untaxed"
        price = f"{_money(line.unit_price)}<br/>{self._words[said]}"
        name = escape(line.name) + (f"<br/>{escape(line.note)}" if line.note else "")
        return [
            Paragraph(str(place), self._small),
            Paragraph(name, self._small),
            Paragraph(_number(line.quantity), self._right),
            Paragraph(escape(line.unit), self._small),
            Paragraph(price, self._right),
            Paragraph(_percent(line.discount) if line.discount else "", self._right),
            Paragraph(_percent(line.tax_rate), self._right),
            Paragraph(_money(line.net), self._right),
            Paragraph(_money(line.gross), self._right),
        ]

    def _totals(self) -> list[Flowable]:
        words, offer = self._words, self._offer
        rates = [
            f"{_percent(rate)}: {words['net']} {_money(amount.net)}　"
            f"{words['tax']} {_money(amount.tax)}"
            for rate, amount in sorted(offer.by_rate.items())
        ]
        found: list[Flowable] = [
            Spacer(1, 2 * mm),
            Paragraph(f"{words['by_rate']}　{'；'.join(rates)}", self._small),
        ]
        off = sum((line.allowance for line in offer.lines if not line.is_optional), Decimal(0))
        if off:
            told = f"{words['allowance']}: {_money(Money(off, offer.currency))}"
            found.append(Paragraph(told, self._small))
        if offer.currency == "CNY":
            capitals = in_capitals(offer.total.gross.amount)
            found.append(Paragraph(f"{words['in_words']}: {capitals}", self._plain))
        return found

    def _terms(self) -> list[Flowable]:
        entity, words = self._paper.entity, self._words
        terms = self._offer.terms.over(entity.terms if entity else PaperTerms())
        found = [(word, self._said(terms, word)) for word in ("delivery", "payment", "warranty")]
        if entity and entity.bank_account:
            bank = entity.bank_name if self._is_chinese else entity.bank_name_en or entity.bank_name
            parts = [bank, entity.bank_account, None if self._is_chinese else entity.swift_code]
            found.append(("bank", " ".join(part for part in parts if part)))
        found.append(("annex", self._said(terms, "annex")))
        rows = [
            [Paragraph(words[word], self._head), Paragraph(_lines_kept(said), self._plain)]
            for word, said in found
            if said
        ]
        if not rows:
            return []
        table = Table(rows, colWidths=[28 * mm, 150 * mm])
        table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]))
        return [Paragraph(words["terms"], self._section), table]

    def _said(self, terms: PaperTerms, word: str) -> str | None:
        here: str | None = getattr(terms, word)
        return here if self._is_chinese else getattr(terms, f"{word}_en") or here

    def _signing(self) -> Flowable:
        """The place for the seal 盖章处."""
        words = self._words
        cells = [
            [
                Paragraph(f"{words['seller']}: {escape(self._seller_name())}", self._plain),
                Paragraph(f"{words['customer']}: {escape(self._paper.customer)}", self._plain),
            ],
            [Paragraph(words["seal"], self._head), Paragraph(words["seal"], self._head)],
            [Paragraph(words["signature"], self._head)] * 2,
        ]
        table = Table(cells, colWidths=[89 * mm, 89 * mm], rowHeights=[None, 26 * mm, None])
        table.setStyle(
            TableStyle([("BOX", (0, 0), (0, -1), 0.4, _GREY), ("BOX", (1, 0), (1, -1), 0.4, _GREY)])
        )
        return KeepTogether([Spacer(1, 6 * mm), table])


class _Pages(Canvas):
    """Keeps its pages until the last is known, to say how many there are."""

    def __init__(self, *arguments: Any, drawing: _Drawing, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._drawing = drawing
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 (the name is ReportLab's)
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for page, state in enumerate(self._kept, start=1):
            self.__dict__.update(state)
            self._drawing.on_page(self, page, len(self._kept))
            super().showPage()
        super().save()


def _money(money: Money) -> str:
    return f"{money.amount:,.2f}"


def _number(quantity: Decimal) -> str:
    return f"{quantity.normalize():,f}"


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def _lines_kept(text: str | None) -> str:
    return escape(text or "").replace("\n", "<br/>")
