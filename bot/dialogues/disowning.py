""" "Không phải hồ sơ của tôi": no more notices of that dossier to this person, and an officer looks at the number."""

from bot.dialogue import Answer, Turn, says
from bot.dialogues.handover import Handover
from delivery import muting
from dossiers.lookup import Lookup
from store.nouns import Store

WHICH = (
    "Ông/Bà muốn báo về hồ sơ nào? Xin nhắn “Không phải hồ sơ của tôi” kèm mã hồ sơ trong tin đã nhận, "
    "ví dụ: Không phải hồ sơ của tôi H36.21-260622-0001."
)
AGAIN = "Đã ghi nhận hồ sơ {code} là của Ông/Bà. Khi hồ sơ có thay đổi, Ông/Bà sẽ lại nhận được tin."
NOTHING = "Hồ sơ {code} chưa bị tắt tin với Ông/Bà, nên không có gì phải bật lại."


class Disowning:
    """Only who was told of a dossier is muted, and hears that it was so: to others nothing is given away."""

    def __init__(self, store: Store, lookup: Lookup, handover: Handover) -> None:
        self._store = store
        self._lookup = lookup
        self._handover = handover

    async def not_mine(self, turn: Turn) -> Answer:
        """By the code behind the button, else the dossier that the talk is about."""
        code = turn.argument or str(turn.data.get("dossier", ""))
        if not code:
            return says(WHICH)
        person = turn.speaker.person_id
        stored = await self._lookup.find(turn.tx, code)
        if stored is None or not await muting.told(self._store, turn.tx, person, stored.id):
            return self._handover.not_mine(code, muted=False)
        await muting.mute(self._store, turn.tx, person, stored.id, channel=turn.speaker.kind, at=turn.at)
        return self._handover.not_mine(code, muted=True)

    async def mine(self, turn: Turn) -> Answer:
        """Pressed by mistake: their own mute is lifted."""
        stored = await self._lookup.find(turn.tx, turn.argument) if turn.argument else None
        lifted = 0 if stored is None else await self._store.mutes.lift(turn.tx, stored.id, turn.speaker.person_id)
        return says((AGAIN if lifted else NOTHING).format(code=turn.argument))
