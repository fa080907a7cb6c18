"""business.openapi.zalo.me: template messages by phone (ZNS, since 2026 ZBS), and questions about them.

Source: facts/zalo.md sections 4 and 7.2.  Accepted is not delivered: delivery is told by an event or by asking.
"""

import re
from hashlib import sha256
from typing import NoReturn

from aiohttp import web

from sandbox.faults import Channel, Kind
from sandbox.inboxes import ChatMessage, Person
from sandbox.settings import Settings, TemplateSpec
from sandbox.testnumbers import FAILS, FAILS_ONCE, NO_ZALO, SILENT, WORKS
from sandbox.world import World
from sandbox.zalo_delivery import ZaloDelivery
from sandbox.zalo_gate import Refused, ZaloGate, json_body
from sandbox.zalo_templates import TAGS, Templates, checked_values

PHONE = re.compile(r"\+?84([35789]\d{8})")
HASH = re.compile(r"[0-9a-f]{64}")
DEVELOPMENT_PURSE = 500
STATUSES = {1: "ENABLE", 2: "PENDING_REVIEW", 3: "REJECT", 4: "DISABLE"}


class ZaloBusiness:
    """The handlers of the business host."""

    def __init__(
        self, settings: Settings, world: World, gate: ZaloGate, templates: Templates, delivery: ZaloDelivery
    ) -> None:
        self._settings = settings
        self._world = world
        self._gate = gate
        self._templates = templates
        self._delivery = delivery
        self._developed = 0

    def routes(self) -> list[web.RouteDef]:
        """What this host serves."""
        gate = self._gate.guarded
        return [
            web.post("/message/template", gate("business", self.send)),
            web.post("/message/template/hashphone", gate("business", self.send_hashed)),
            web.get("/message/status", gate("business", self.status)),
            web.get("/message/quota", gate("business", self.quota)),
            web.get("/message/template-tag", gate("business", self.tags)),
            web.get("/template/all", gate("business", self.all, beside=self._total)),
            web.get("/template/info/v2", gate("business", self.info)),
            web.get("/quality", gate("business", self.quality)),
        ]

    async def send(self, request: web.Request) -> dict[str, object]:
        """A template message to a phone."""
        body = await json_body(request, missing=-121, broken=-122)
        number = PHONE.fullmatch(str(body.get("phone", "")))
        if number is None:
            raise Refused(-108)
        phone = f"84{number[1]}"
        return self._send(body, phone, phone)

    async def send_hashed(self, request: web.Request) -> dict[str, object]:
        """The same, to the SHA-256 of a phone written as 84…"""
        body = await json_body(request, missing=-121, broken=-122)
        hashed = str(body.get("hash_phone", ""))
        if not HASH.fullmatch(hashed):
            raise Refused(-108)
        known = [each.phone for each in self._world.people.values()] + [WORKS, FAILS, FAILS_ONCE, SILENT]
        phone = next((each for each in known if sha256(each.encode()).hexdigest() == hashed), NO_ZALO)
        return self._send(body, phone, hashed)

    def _send(self, body: dict[str, object], phone: str, to: str) -> dict[str, object]:
        development = body.get("mode") == "development"
        template_id = str(body.get("template_id", ""))
        spec = self._templates.approved(template_id, development=development)
        mode = self._sending_mode(body, spec)
        values = checked_values(spec, body.get("template_data"))
        tracking_id = str(body.get("tracking_id") or "")
        person = self._reachable(phone, tracking_id)
        if development:
            self._develop(phone)
        else:
            self._templates.check_hour(spec)
            self._templates.check_money(spec.price_phone)
            self._templates.check_quota(template_id, spec)
            self._templates.count(template_id, spec.price_phone)
        message = ChatMessage(
            id=self._world.new_id(),
            person=person.key,
            sender="oa",
            text=spec.filled(values),
            at=self._world.clock(),
            template={"id": template_id, "name": spec.name, "values": values},
            tracking_id=tracking_id,
            charged=not development,
        )
        self._world.route.add(
            phone, "Zalo đã nhận", f"tin mẫu {spec.name}, {spec.price_phone} ₫", "out", "zalo", tracking_id
        )
        self._delivery.by_phone(to, person, message)
        return {
            "msg_id": message.id,
            "sent_time": str(int(message.at.timestamp() * 1000)),
            "sending_mode": mode,
            "quota": {
                "dailyQuota": str(self._settings.daily_quota),
                "remainingQuota": str(self._templates.remaining()),
            },
        }

    def _sending_mode(self, body: dict[str, object], spec: TemplateSpec) -> str:
        mode = str(body.get("sending_mode", "1"))
        if mode not in ("1", "3"):
            raise Refused(-161)
        if mode == "3" and spec.tag != 3:
            raise Refused(-162)
        return mode

    def _reachable(self, phone: str, tracking_id: str) -> Person:
        """Whom the phone reaches on Zalo, or why nobody; test numbers go before people."""
        if phone == FAILS:
            raise Refused(-141)
        if phone == FAILS_ONCE and self._world.attempt("zalo", tracking_id or phone) % 2:
            raise Refused(-100)
        if phone in (WORKS, FAILS_ONCE, SILENT):
            return Person(key=phone, name="", phone=phone, zalo_user_id=phone, silent=phone == SILENT)
        person = self._world.by_phone(phone)
        if person is None or not person.zalo_user_id or phone == NO_ZALO:
            self._refuse(phone, self._settings.no_zalo_code, "số này không có Zalo", tracking_id)
        if person.restricted:
            self._refuse(phone, -139, "người dùng không nhận loại tin này", tracking_id)
        if person.blocked or self._world.faults.standing(Channel.ZALO, Kind.BLOCKED):
            self._refuse(phone, -141, "người dùng chặn trang", tracking_id)
        return person

    def _refuse(self, phone: str, code: int, why: str, tracking_id: str) -> NoReturn:
        self._world.route.add(phone, "Zalo từ chối", why, "fail", "zalo", tracking_id)
        raise Refused(code)

    def _develop(self, phone: str) -> None:
        if phone not in self._settings.admin_phones:
            raise Refused(-127)
        self._developed += 1
        if self._developed > DEVELOPMENT_PURSE:
            raise Refused(-126)

    async def status(self, request: web.Request) -> dict[str, object]:
        """What became of a message: -1 unknown id, 0 taken but not delivered, 1 delivered."""
        wanted = request.query.get("message_id", "")
        found = next((each for each in self._world.chats if each.id == wanted and each.sender == "oa"), None)
        if found is None:
            return {"delivery_time": "", "message": "Message not found", "status": -1}
        if found.state == "sent":
            return {"delivery_time": "", "message": "The message was sent to Zalo server", "status": 0}
        when = str(int(found.at.timestamp() * 1000))
        return {"delivery_time": when, "message": "The message was delivered to the user's phone", "status": 1}

    async def quota(self, request: web.Request) -> dict[str, object]:
        """The OA's day; figures are numbers here, though strings in the answer to a send."""
        return {
            "dailyQuota": self._settings.daily_quota,
            "remainingQuota": self._templates.remaining(),
            "dailyQuotaPromotion": None,
            "remainingQuotaPromotion": None,
            "monthlyPromotionQuota": 0,
            "remainingMonthlyPromotionQuota": 0,
            "estimatedNextMonthPromotionQuota": 0,
        }

    async def tags(self, request: web.Request) -> list[str]:
        """The tags whose templates the OA may send."""
        return list(TAGS.values())

    async def quality(self, request: web.Request) -> dict[str, object]:
        """How people have taken the OA's messages in 48 hours and 7 days."""
        return {"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"}

    async def info(self, request: web.Request) -> dict[str, object]:
        """A template with its parameters; one that is not approved shows none."""
        template_id = request.query.get("template_id", "")
        spec = self._settings.templates.get(template_id)
        if spec is None:
            raise Refused(-109)
        listed = spec.parameters if spec.status == "ENABLE" else ()
        return {
            "templateId": template_id,
            "templateName": spec.name,
            "status": spec.status,
            "listParams": [
                {
                    "name": each.name,
                    "require": each.required,
                    "type": each.kind if each.kind == "NUMBER" else "STRING",
                    "maxLength": each.longest,
                    "minLength": 0,
                    "acceptNull": each.accept_null,
                }
                for each in listed
            ],
            "listButtons": [],
            "timeout": spec.timeout,
            "previewUrl": "",
            "templateQuality": spec.quality,
            "templateTag": TAGS[spec.tag],
            "price_sdt": str(spec.price_phone),
            "price_uid": str(spec.price_uid),
            "price": str(spec.price_phone),
        }

    async def all(self, request: web.Request) -> list[dict[str, object]]:
        """The OA's templates, a page of at most 100; `status` filters by number."""
        offset, limit = self._number(request, "offset", 0), self._number(request, "limit", 100)
        if not 0 < limit <= 100:
            raise Refused(-132, "Parameter invalid")
        return self._listed(request)[offset : offset + limit]

    def _total(self, request: web.Request) -> dict[str, object]:
        return {"metadata": {"total": len(self._listed(request))}}

    def _listed(self, request: web.Request) -> list[dict[str, object]]:
        wanted = STATUSES.get(self._number(request, "status", 0))
        return [
            {
                "templateId": template_id,
                "templateName": spec.name,
                "createdTime": 1_767_225_600_000,
                "status": spec.status,
                "templateQuality": spec.quality,
            }
            for template_id, spec in self._settings.templates.items()
            if spec.status != "DELETE" and wanted in (None, spec.status)
        ]

    def _number(self, request: web.Request, name: str, usual: int) -> int:
        text = request.query.get(name, str(usual))
        if not text.isascii() or not text.isdigit() or len(text) > 6:
            raise Refused(-132, "Parameter invalid")
        return int(text)
