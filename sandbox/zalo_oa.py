"""openapi.zalo.me: consultation messages, templates by user id, questions about users, quotas and the OA.

Source: facts/zalo.md sections 3, 5, 7.1.  Paths that Zalo has retired refuse as it did when it retired them.
"""

from datetime import timedelta

from aiohttp import web

from sandbox.faults import Channel, Kind
from sandbox.inboxes import Button, ChatMessage, Person
from sandbox.settings import Settings
from sandbox.world import World
from sandbox.zalo_content import Content, content_of
from sandbox.zalo_delivery import ZaloDelivery
from sandbox.zalo_gate import Refused, ZaloGate, data_query, json_body
from sandbox.zalo_templates import VIETNAM, Templates, checked_values

FREE = timedelta(hours=48)
OPEN = timedelta(days=7)


class ZaloOA:
    """The handlers of the OA host."""

    def __init__(
        self, settings: Settings, world: World, gate: ZaloGate, templates: Templates, delivery: ZaloDelivery
    ) -> None:
        self._settings = settings
        self._world = world
        self._gate = gate
        self._templates = templates
        self._delivery = delivery

    def routes(self) -> list[web.RouteDef]:
        """What this host serves."""
        gate = self._gate.guarded
        return [
            web.post("/v3.0/oa/message/cs", gate("openapi", self.consult)),
            web.post("/v3.0/oa/message/template", gate("openapi", self.template)),
            web.post("/v3.0/oa/message/transaction", gate("openapi", self.retired)),
            web.post("/v3.0/oa/message/promotion", gate("openapi", self.retired)),
            web.post("/v2.0/oa/message", gate("openapi", self.retired)),
            web.get("/v3.0/oa/user/detail", gate("openapi", self.user_detail)),
            web.get("/v3.0/oa/user/getlist", gate("openapi", self.user_list)),
            web.post("/v3.0/oa/quota/message", gate("openapi", self.quota)),
            web.get("/v2.0/oa/getoa", gate("openapi", self.page)),
        ]

    async def consult(self, request: web.Request) -> dict[str, object]:
        """A consultation message: free for 48 hours after the person's last word, charged for 7 days, then refused."""
        body = await json_body(request, missing=-201, broken=-201)
        recipient, message = body.get("recipient"), body.get("message")
        if not isinstance(recipient, dict):
            raise Refused(-201, "recipient is invalid!")
        person = self._recipient(recipient)
        since = self._world.clock() - person.last_interaction if person.last_interaction else None
        if since is None:
            raise Refused(-232)
        if since > OPEN:
            raise Refused(-230)
        content = content_of(message, too_long=self._settings.too_long_code)
        sent = self._deliver(person, content, charged=since > FREE)
        quota = {} if since > FREE else {"quota": {"quota_type": "reply", "remain": "8", "total": "8"}}
        paid = "miễn phí, còn trong 48 giờ" if since <= FREE else "có tính phí"
        self._world.route.add(person.zalo_user_id, "Zalo đã nhận", f"tin tư vấn, {paid}", "out", "zalo")
        return {
            "message_id": sent.id,
            "user_id": person.zalo_user_id,
            "sent_time": str(int(sent.at.timestamp() * 1000)),
            **quota,
        }

    async def template(self, request: web.Request) -> dict[str, object]:
        """A template message by user id; a `tracking_id` is let pass and forgotten, for it is not documented here."""
        body = await json_body(request, missing=-201, broken=-201)
        person = self._recipient(body)
        template_id = str(body.get("template_id", ""))
        spec = self._templates.approved(template_id)
        if not spec.by_uid:
            raise Refused(-249)
        values = checked_values(spec, body.get("template_data"))
        if person.restricted:
            raise Refused(-244)
        self._templates.check_hour(spec)
        self._templates.check_money(spec.price_uid)
        self._templates.check_quota(template_id, spec)
        self._templates.count(template_id, spec.price_uid)
        message = ChatMessage(
            id=self._world.new_id(),
            person=person.key,
            sender="oa",
            text=spec.filled(values),
            at=self._world.clock(),
            template={"id": template_id, "name": spec.name, "values": values},
            charged=True,
        )
        self._world.route.add(person.zalo_user_id, "Zalo đã nhận", f"tin mẫu {spec.name}", "out", "zalo")
        self._delivery.chat(person, message, "oa_send_template")
        quota = {"quota_type": "sub_quota", "owner_type": "OA", "owner_id": self._settings.oa_id}
        return {
            "message_id": message.id,
            "user_id": person.zalo_user_id,
            "sent_time": str(int(message.at.timestamp() * 1000)),
            "quota": quota | {"remain": str(self._templates.remaining())},
        }

    async def retired(self, request: web.Request) -> object:
        """What Zalo shut down.  Its answer for the v3 paths today is not known; -240 is what v2 answers."""
        raise Refused(-240)

    async def user_detail(self, request: web.Request) -> dict[str, object]:
        """What the OA may know of a follower."""
        person = self._world.by_user_id(str(data_query(request).get("user_id", "")))
        if person is None or not person.follows:
            raise Refused(-213)
        last = person.last_interaction
        return {
            "user_id": person.zalo_user_id,
            "user_id_by_app": person.user_id_by_app,
            "user_external_id": "",
            "display_name": person.name,
            "user_alias": person.name,
            "is_sensitive": False,
            "user_last_interaction_date": last.astimezone(VIETNAM).strftime("%d/%m/%Y") if last else "",
            "user_is_follower": person.follows,
            "avatar": "",
            "avatars": {"120": "", "240": ""},
            "dynamic_param": "",
            "tags_and_notes_info": {"notes": [], "tag_names": []},
        }

    async def user_list(self, request: web.Request) -> dict[str, object]:
        """Who has dealt with the OA; at most 50 a call."""
        asked = data_query(request)
        offset, count = asked.get("offset", 0), asked.get("count", 50)
        if not isinstance(offset, int) or not isinstance(count, int) or not 0 < count <= 50 or not 0 <= offset <= 9951:
            raise Refused(-210)
        users = [each.zalo_user_id for each in self._world.people.values() if each.zalo_user_id]
        if str(asked.get("is_follower", "")) == "true":
            users = [each.zalo_user_id for each in self._world.people.values() if each.zalo_user_id and each.follows]
        page = [{"user_id": each} for each in users[offset : offset + count]]
        return {"total": len(users), "count": len(page), "offset": offset, "users": page}

    async def quota(self, request: web.Request) -> object:
        """What is left: for one user, or of the OA's package."""
        body = await json_body(request, missing=-201, broken=-201)
        if "user_id" not in body:
            return []
        person = self._recipient(body)
        last = person.last_interaction
        return {
            "last_interaction": str(int(last.timestamp() * 1000)) if last else "",
            "cs_reply": {"remain": 8, "total": 8},
            "promotion": {"daily_remain": 0, "daily_total": 1, "monthly_remain": 4, "monthly_total": 6},
        }

    async def page(self, request: web.Request) -> dict[str, object]:
        """The OA itself: the cheap check that a token holds.  Type 4 is a state agency."""
        return {
            "oaid": self._settings.oa_id,
            "name": self._settings.oa_name,
            "description": "",
            "oa_alias": "motcua",
            "is_verified": self._settings.verified,
            "oa_type": 4,
            "cate_name": "Cơ quan nhà nước",
            "num_follower": sum(each.follows for each in self._world.people.values()),
            "avatar": "",
            "cover": "",
            "package_name": "Nâng cao",
            "package_valid_through_date": "",
            "package_auto_renew_date": "",
            "linked_ZCA": "sandbox",
        }

    def _recipient(self, named: dict[str, object]) -> Person:
        """Whom a user id, or an earlier message's id, means; Zalo's refusal if nobody, or they block the page."""
        user_id = named.get("user_id")
        person = self._world.by_user_id(user_id) if isinstance(user_id, str) else None
        earlier = named.get("message_id")
        if person is None and isinstance(earlier, str):
            spoken = next((each for each in self._world.chats if each.id == earlier and each.sender == "me"), None)
            person = self._world.people.get(spoken.person) if spoken else None
        if person is None:
            raise Refused(-201, "user_id is invalid!")
        if person.blocked or self._world.faults.standing(Channel.ZALO, Kind.BLOCKED):
            self._world.route.add(person.zalo_user_id, "Zalo từ chối", "người dùng chặn trang", "fail", "zalo")
            raise Refused(self._settings.blocked_code)
        return person

    def _deliver(self, person: Person, content: Content, *, charged: bool) -> ChatMessage:
        message = ChatMessage(
            id=self._world.new_id(),
            person=person.key,
            sender="oa",
            text=content.text,
            at=self._world.clock(),
            buttons=[Button(title=each.title, type=each.type, payload=each.payload) for each in content.buttons],
            charged=charged,
        )
        self._delivery.chat(person, message, content.echo)
        return message
