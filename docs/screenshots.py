"""`make screenshots`: starts the demo, plays a little with it, and writes the README's pictures to docs/pictures/.

Pictures are never made by hand: what they show is what the demo does today. Needs Debian's chromium.
"""

import asyncio
import base64
import os
import re
import shutil
import struct
import sys
import tempfile
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

PICTURES = Path(__file__).parent / "pictures"
README = Path(__file__).parents[1] / "README.md"
MARKS = ("<!-- make screenshots: from here -->", "<!-- make screenshots: to here -->")
LARGEST = 200_000
"""Bytes of one picture: the README is read over slow lines too."""
WIDTH = 1280
QUESTION = "lam khai sinh can gi"
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_ADDRESS = re.compile(r"^\s+(Điện thoại|Bảng điều khiển|Tình trạng)\D*?(https?://\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo: the phone's address, the officer's link (good once), and what it printed."""

    phone: str
    console: str
    printed: tuple[str, ...]


async def take() -> None:
    """All pictures, from one demo."""
    PICTURES.mkdir(exist_ok=True)
    async with running() as demo, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=QUIET)
        await _phone(browser, demo)
        console = await _signed_in(browser, demo)
        await _message(browser, console, demo)
        await _notice_errors(console)
        await _picture(console, "console", "/console/")
        await _hero(browser, demo, console)
        await _shrink(browser)
        await browser.close()
    _quote(demo.printed)
    _weigh()


@asynccontextmanager
async def running() -> AsyncIterator[Demo]:
    """The demo as a newcomer starts it, on a folder of its own; stopped as by Ctrl-C."""
    command = Path(sys.executable).parent / "motcua"
    environ = {name: value for name, value in os.environ.items() if name != "CI"}
    with tempfile.TemporaryDirectory(prefix="motcua-pictures-") as folder:
        process = await asyncio.create_subprocess_exec(
            command, "demo", "--folder", f"{folder}/demo", stdout=asyncio.subprocess.PIPE, env=environ
        )
        try:
            yield await asyncio.wait_for(_started(process), 120)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _started(process: asyncio.subprocess.Process) -> Demo:
    """Once its addresses are printed. Raises RuntimeError if it ends before."""
    assert process.stdout is not None  # noqa: S101
    printed: list[str] = []
    found: dict[str, str] = {}
    async for raw in process.stdout:
        line = raw.decode().rstrip()
        if line.startswith("Dừng:"):
            return Demo(phone=found["Điện thoại"], console=found["Bảng điều khiển"], printed=tuple(printed))
        match = _ADDRESS.match(line)
        if match:
            found[match[1]] = match[2]
        else:
            printed.append(line)
    raise RuntimeError("the demo ended before it was ready")


async def _phone(browser: Browser, demo: Demo) -> None:
    """An asks, looks up and is told of a move: the whole page on a desk."""
    page = await _page(browser, demo.phone, height=960)
    await _say(page, QUESTION)
    cards = page.locator("#talk").get_by_text("Cơ quan giải quyết")
    before = await cards.count()
    await page.locator("#tasks button").nth(1).click()
    await cards.nth(before).wait_for()
    await _arrived(page)
    await _move(page, dossier=1, status="6")
    await page.locator("#talk").get_by_text("Chờ nộp phí").last.wait_for()
    await _arrived(page)
    await _picture(page, "phone")
    await page.close()


async def _message(browser: Browser, console: Page, demo: Demo) -> None:
    """Bình blocks the page on Zalo, so his message goes by SMS: its whole history."""
    page = await _page(browser, demo.phone, height=960)
    await page.locator("#people button").nth(1).click()
    await page.locator("#faults summary").click()
    await page.get_by_label("chặn").check()
    await _move(page, dossier=0, status="9")
    await page.locator("#sms-new").wait_for()
    await _arrived(page)
    inside = await page.locator("#journey .fail a").get_attribute("href")
    await page.get_by_label("chặn").uncheck()
    await page.close()
    await _picture(console, "message", inside)


async def _notice_errors(console: Page) -> None:
    """The sample sheet, with the faults that are planted in it."""
    sheet = await console.request.get(_address(console, "/console/notices/sample.xlsx"))
    await console.goto(_address(console, "/console/notices/new"))
    await console.get_by_label("Tên thông báo").fill("Nhắc nộp lệ phí")
    name = "tep-mau-nhac-nop-phi.xlsx"
    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    await console.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": mime, "buffer": await sheet.body()}
    )
    await console.get_by_role("button", name="Tải lên và kiểm tra").click()
    await console.locator("#verdict").wait_for()
    await _picture(console, "notice-errors")


async def _hero(browser: Browser, demo: Demo, console: Page) -> None:
    """The phone beside the console, on one sheet of paper."""
    phone = await _page(browser, demo.phone, width=390, height=800)
    await phone.locator("#talk li").last.wait_for()
    await console.set_viewport_size({"width": 1000, "height": 880})
    await console.goto(_address(console, "/console/"))
    await console.evaluate("document.fonts.ready")
    shots = [await phone.screenshot(), await console.screenshot()]
    left, right = ("data:image/png;base64," + base64.b64encode(shot).decode() for shot in shots)
    sheet = await browser.new_page(viewport={"width": WIDTH, "height": 792})
    await sheet.set_content(_HERO.format(left=left, right=right))
    await sheet.screenshot(path=PICTURES / "hero.png")
    await console.set_viewport_size({"width": WIDTH, "height": 900})


_HERO = """<body style="margin:0;background:#f6f4ef;display:flex;gap:28px;padding:24px 28px;align-items:center">
<img src="{left}" style="height:736px;border-radius:28px;border:6px solid #1c2026;box-sizing:border-box">
<img src="{right}" style="width:836px;height:auto;border-radius:12px;border:1px solid #d8d2c4;box-sizing:border-box">
"""


async def _page(browser: Browser, url: str, *, height: int, width: int = WIDTH) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": height}, locale="vi-VN", color_scheme="light")
    page.set_default_timeout(20_000)
    await page.goto(url)
    await page.locator("#people button").first.wait_for()
    await page.evaluate("document.fonts.ready")
    return page


async def _signed_in(browser: Browser, demo: Demo) -> Page:
    page = await browser.new_page(viewport={"width": WIDTH, "height": 900}, locale="vi-VN", color_scheme="light")
    page.set_default_timeout(20_000)
    await page.goto(demo.console)
    return page


async def _say(page: Page, words: str) -> None:
    """As a citizen types it; the assistant's answer is waited for."""
    await page.locator("#words").fill(words)
    await page.keyboard.press("Enter")
    await page.locator("#tasks li").first.and_(page.locator(".done")).wait_for()


async def _move(page: Page, *, dossier: int, status: str) -> None:
    """The row that moves a dossier: which one of the person's own, and to which national status."""
    await page.locator("#move [name=code]").select_option(index=dossier)
    await page.locator("#move [name=status]").select_option(status)
    await page.locator("#move button").click()
    await page.locator("#move-note", has_text="Đã chuyển").wait_for()


async def _arrived(page: Page) -> None:
    await page.locator("#journey-tag", has_text="Đã tới").wait_for()
    await page.evaluate("document.fonts.ready")


async def _picture(page: Page, name: str, path: str | None = None) -> None:
    """What the window shows; `path` is opened before."""
    if path is not None:
        await page.goto(_address(page, path))
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=PICTURES / f"{name}.png")


def _address(page: Page, path: str) -> str:
    return path if path.startswith("http") else f"{page.url.split('/console')[0]}{path}"


def _quote(printed: tuple[str, ...]) -> None:
    """The table that the demo printed goes into the README as it was, between its two marks."""
    table = "\n".join(line.rstrip() for line in printed if line)
    head, rest = README.read_text(encoding="utf-8").split(MARKS[0])
    tail = rest.split(MARKS[1])[1]
    README.write_text(f"{head}{MARKS[0]}\n```text\n{table}\n```\n{MARKS[1]}{tail}", encoding="utf-8")


async def _shrink(browser: Browser) -> None:
    """Each picture again with at most 256 colours: half the size, and no eye sees it."""
    page = await browser.new_page()
    for picture in PICTURES.glob("*.png"):
        data = base64.b64encode(picture.read_bytes()).decode()
        width, height, colours, pixels = await page.evaluate(_FEWER_COLOURS, data)
        rows = base64.b64decode(pixels)
        lines = b"".join(b"\0" + rows[start : start + width] for start in range(0, len(rows), width))
        head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
        chunks = [(b"IHDR", head), (b"PLTE", bytes(colours)), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
        picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


_FEWER_COLOURS = """async (data) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + data;
  await image.decode();
  const { width, height } = image;
  const pen = new OffscreenCanvas(width, height).getContext('2d');
  pen.drawImage(image, 0, 0);
  const rgba = pen.getImageData(0, 0, width, height).data;
  const counts = new Map();
  const at = (i) => rgba[i] << 16 | rgba[i + 1] << 8 | rgba[i + 2];
  for (let i = 0; i < rgba.length; i += 4) counts.set(at(i), (counts.get(at(i)) ?? 0) + 1);
  const parts = (c) => [c >> 16, c >> 8 & 255, c & 255];
  const far = (a, b) => parts(a).reduce((sum, part, i) => sum + (part - parts(b)[i]) ** 2, 0);
  const common = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const chosen = common.slice(0, 96);
  for (const least of [100, 30, 0]) {
    for (const colour of common) {
      if (chosen.length < 256 && chosen.every((one) => far(one, colour) > least)) chosen.push(colour);
    }
  }
  const nearest = new Map(common.map((colour) => [colour, chosen.reduce(
    (best, one, i) => far(one, colour) < far(chosen[best], colour) ? i : best, 0)]));
  let pixels = '';
  for (let i = 0; i < rgba.length; i += 4) pixels += String.fromCharCode(nearest.get(at(i)));
  return [width, height, chosen.flatMap(parts), btoa(pixels)];
}"""


def _weigh() -> None:
    heavy = [picture.name for picture in sorted(PICTURES.iterdir()) if picture.stat().st_size > LARGEST]
    for picture in sorted(PICTURES.iterdir()):
        sys.stdout.write(f"{picture.name:20} {picture.stat().st_size // 1000:4} kB\n")
    if heavy:
        raise SystemExit(f"over {LARGEST // 1000} kB: {', '.join(heavy)}")


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("no chromium here: apt-get install chromium fonts-noto-core")
    return found


if __name__ == "__main__":
    asyncio.run(take())
