#!/usr/bin/env python3
"""Writes a folder of small files of every format that is read, and of some that cannot be, to try ingestion with.

    scripts/mixed-files.py FOLDER [COUNT]

The same files every time; only the standard library is needed. One file in twenty is broken on purpose: cut off, empty,
a bomb, nested without end, or of a type that nobody reads.
"""
import io
import json
import pathlib
import random
import sys
import zipfile

WORDS = """budget travel office laptop invoice contract training holiday project customer report meeting security password
release schedule supplier warranty insurance parking kitchen printer network backup policy approval expense manager""".split()


def sentence(dice):
    return " ".join(dice.choice(WORDS) for _ in range(dice.randint(6, 14))).capitalize() + "."


def paragraphs(dice):
    return [" ".join(sentence(dice) for _ in range(dice.randint(1, 5))) for _ in range(dice.randint(2, 8))]


def package(parts):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in parts.items():
            out.writestr(name, text)
    return archive.getvalue()


def relations(*pairs):
    each = (f'<Relationship Id="{i}" Type="http://x/{kind}" Target="{target}"/>' for i, kind, target in pairs)
    return f"<Relationships>{''.join(each)}</Relationships>"


def docx(dice):
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs(dice))
    return package({"word/document.xml": f'<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>'})


def pptx(dice):
    parts, ids, links = {}, "", []
    for n in range(1, dice.randint(2, 6)):
        text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in paragraphs(dice)[:3])
        parts[f"ppt/slides/slide{n}.xml"] = f'<p:sld xmlns:p="p" xmlns:a="a"><p:sp>{text}</p:sp></p:sld>'
        ids += f'<p:sldId id="{255 + n}" r:id="rId{n}"/>'
        links.append((f"rId{n}", "slide", f"slides/slide{n}.xml"))
    parts["ppt/presentation.xml"] = f'<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>'
    parts["ppt/_rels/presentation.xml.rels"] = relations(*links)
    return package(parts)


def xlsx(dice):
    rows = "".join(
        f'<row><c t="inlineStr"><is><t>{dice.choice(WORDS)}</t></is></c><c><v>{dice.randint(1, 999)}</v></c></row>'
        for _ in range(dice.randint(5, 60))
    )
    head = '<row><c t="inlineStr"><is><t>Item</t></is></c><c t="inlineStr"><is><t>Cost</t></is></c></row>'
    return package({
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="Costs" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(("rId1", "worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{head}{rows}</sheetData></worksheet>",
    })


def pdf(dice):
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"]
    kids = []
    for _ in range(dice.randint(1, 5)):
        lines = "".join(f"({sentence(dice)}) Tj 0 -14 Td " for _ in range(dice.randint(5, 30)))
        stream = f"BT /F1 11 Tf 72 760 Td {lines}ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> >> >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    file, table = "%PDF-1.4\n", f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    for number, text in enumerate(objects, 1):
        table += f"{len(file):010} 00000 n \n"
        file += f"{number} 0 obj\n{text}\nendobj\n"
    return f"{file}{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF\n".encode()


def html(dice):
    rows = "".join(f"<tr><td>{dice.choice(WORDS)}<td>{dice.randint(1, 99)}" for _ in range(5))
    body = "".join(f"<p>{text}" for text in paragraphs(dice))
    return f"<!doctype html><title>{sentence(dice)}</title><h1>{sentence(dice)}</h1>{body}<table><tr><th>Item<th>Count{rows}</table>".encode()


def mail(dice):
    text = "\r\n\r\n".join(paragraphs(dice))
    return f"From: ada@example.com\r\nTo: bob@example.com\r\nSubject: {sentence(dice)}\r\nMIME-Version: 1.0\r\n\r\n{text}".encode()


def csv(dice):
    return ("Item,Cost,Room\n" + "".join(f"{dice.choice(WORDS)},{dice.randint(1, 99)},{dice.randint(1, 9)}\n" for _ in range(20))).encode()


GOOD = [
    ("txt", lambda dice: "\n\n".join(paragraphs(dice)).encode()),
    ("md", lambda dice: (f"# {sentence(dice)}\n\n" + "\n\n## Part\n\n".join(paragraphs(dice))).encode()),
    ("json", lambda dice: json.dumps({"text": "\n\n".join(paragraphs(dice))}).encode()),
    ("html", html), ("csv", csv), ("pdf", pdf), ("docx", docx), ("pptx", pptx), ("xlsx", xlsx), ("eml", mail),
]
BROKEN = [
    ("pdf", lambda dice: pdf(dice)[:300]),
    ("docx", lambda dice: docx(dice)[:-40]),
    ("docx", lambda dice: package({"word/document.xml": "<w:x>" * 10_000})),
    ("docx", lambda dice: package({"word/document.xml": "<w:t>" + " " * 40_000_000})),
    ("txt", lambda dice: b"   \n"),
    ("png", lambda dice: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200)),
]


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    dice = random.Random(4)
    for n in range(count):
        kinds = BROKEN if n % 20 == 19 else GOOD
        ending, make = kinds[(n // 20 if kinds is BROKEN else n) % len(kinds)]
        path = folder / f"{n // 100:03}" / f"file-{n:05}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make(dice))


main()
