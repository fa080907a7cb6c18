"""`motcua check`: everything that would stop the service, found at once and said in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions

from channels.errors import SendError
from motcua.config import Config
from motcua.rooms import concrete_channels, now, opened_store, prices_of
from store import schema
from store.database import Database
from store.nouns import Store

ROOMS = (
    "motcua bot web console scheduler dossiers procedures surveys notices delivery store channels templates vietnam "
    "sheets sandbox"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: whether it is good, and a sentence."""

    what: str
    good: bool
    word: str


async def examine(config: Config, *, online: bool) -> list[Finding]:
    """The configuration is good already, or `load` would have raised. `online` asks the providers too."""
    findings = [Finding(what="cấu hình", good=True, word="đọc được"), *_names(packages_distributions())]
    findings += [_mode(config), _prices(config)]
    database = await _database(config)
    findings.append(database)
    if database.good:
        async with opened_store(config) as store:
            findings += await _audit(store)
            findings += await _channels(config, store, online=online)
    return findings


def _names(owners: Mapping[str, list[str]]) -> list[Finding]:
    """Our rooms have common names: another package of the same name would be overwritten silently."""
    taken = [
        f"{room} (của {', '.join(set(owners[room]) - {'motcua'})})"
        for room in ROOMS
        if set(owners.get(room, ["motcua"])) - {"motcua"}
    ]
    if taken:
        return [Finding(what="môi trường", good=False, word=f"gói khác chiếm tên: {'; '.join(taken)}")]
    return [Finding(what="môi trường", good=True, word="không gói nào trùng tên")]


def _mode(config: Config) -> Finding:
    words = {
        "off": "off: chưa gửi gì; đổi [delivery] mode sang shadow hoặc live khi sẵn sàng",
        "shadow": "shadow: chỉ lập tin để đối chiếu, không gửi",
        "live": "live: gửi thật",
    }
    return Finding(what="chế độ gửi", good=True, word=words[config.delivery.mode])


def _prices(config: Config) -> Finding:
    """A way without a price is no fault: its cost is only not known."""
    missing = prices_of(config).missing(config.channels.ways())
    word = f"chưa có giá của {', '.join(missing)}; chi phí sẽ ghi là chưa rõ" if missing else "đủ giá cho mọi đường gửi"
    return Finding(what="giá tin", good=True, word=word)


async def _database(config: Config) -> Finding:
    database = Database(config.database.url)
    try:
        await database.open()
        if await schema.pending(database):
            return Finding(what="cơ sở dữ liệu", good=False, word="chưa lên phiên bản mới; chạy: motcua db upgrade")
    except Exception as why:
        return Finding(what="cơ sở dữ liệu", good=False, word=f"không mở được ({type(why).__name__})")
    finally:
        await database.close()
    return Finding(what="cơ sở dữ liệu", good=True, word=database.dialect)


async def _audit(store: Store) -> list[Finding]:
    async with store.database.reading() as tx:
        verdict = await store.audit.verify(tx)
    word = "nhật ký thao tác nguyên vẹn" if verdict.holds else "nhật ký thao tác đã bị sửa"
    return [Finding(what="nhật ký", good=verdict.holds, word=word)]


async def _channels(config: Config, store: Store, *, online: bool) -> list[Finding]:
    findings = []
    for name, channel in concrete_channels(config, store, now).items():
        if not online:
            findings.append(Finding(what=name, good=True, word="đã cấu hình (thêm --online để hỏi nhà cung cấp)"))
            continue
        await channel.open()
        try:
            findings.append(Finding(what=name, good=True, word=await channel.check()))
        except SendError as why:
            findings.append(Finding(what=name, good=False, word=str(why)))
        finally:
            await channel.close()
    return findings or [Finding(what="kênh gửi", good=True, word="chưa bật kênh nào")]
