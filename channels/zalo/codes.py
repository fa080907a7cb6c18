"""Zalo's error codes and what each means for a message.  Source: facts/zalo.md section 7, transcribed in 2026.

The same number means different things on the two hosts, so a code is read together with its host.  Zalo's code and
message come in an answer with HTTP 200.  Its message is for people: nothing is decided by it.
"""

from datetime import datetime, timedelta, timezone
from enum import StrEnum

from channels.errors import Rejected, SendError, Throttled, Unknown
from channels.wire import words

_VIETNAM = timezone(timedelta(hours=7))


class Host(StrEnum):
    """Which of Zalo's hosts answered."""

    OA = "oa"
    BUSINESS = "business"


class Class(StrEnum):
    """What a code means for a message."""

    RECIPIENT = "this person cannot be reached on this path"
    SETUP = "configuration, permission or money: a person of ours must act"
    CONTENT = "this message is wrong: repeating it is useless"
    TOKEN = "the access token is not valid any more"  # noqa: S105
    TRANSIENT = "refused for a reason that passes"
    AMBIGUOUS = "nobody can say whether it was sent"
    MINUTE = "over the limit of calls a minute"
    HOUR = "a quota is used up"
    MORNING = "not at night"
    TOMORROW = "the day's quota is used up"


TOKEN_CODES = frozenset({-216, -220, -124})
"""Renew the token once and send again, once."""

_RECIPIENT, _SETUP, _CONTENT = Class.RECIPIENT, Class.SETUP, Class.CONTENT

OA: dict[int, tuple[Class, str]] = {
    -32: (Class.MINUTE, "Your application reached limit call api"),
    -100: (_CONTENT, "attachment_id was expired"),
    -124: (Class.TOKEN, "Access token invalid"),
    -200: (Class.AMBIGUOUS, "Send message failed"),
    -201: (_CONTENT, "a field is invalid"),
    -204: (_SETUP, "Official Account is disabled"),
    -205: (_SETUP, "Official Account does not exist"),
    -209: (_SETUP, "not supported, or the app is not activated"),
    -210: (_CONTENT, "Parameter exceeds allowable limit"),
    -211: (Class.HOUR, "Out of quota"),
    -212: (_SETUP, "App has not registered this api"),
    -213: (_RECIPIENT, "User has not followed OA"),
    -214: (Class.TRANSIENT, "Article is being processed"),
    -216: (Class.TOKEN, "Access token is invalid"),
    -217: (_RECIPIENT, "User has blocked invitation from OA"),
    -218: (_RECIPIENT, "Out of quota receive"),
    -219: (_SETUP, "App is removed or disabled"),
    -220: (Class.TOKEN, "access_token is expired or removed"),
    -221: (_SETUP, "The OA needs to be verified"),
    -222: (_RECIPIENT, "user blocked the OA or is inactive"),
    -223: (_SETUP, "Official Account has not authorized this API"),
    -224: (_SETUP, "The OA needs to upgrade its package"),
    -227: (_RECIPIENT, "User is banned or inactive for more than 45 days"),
    -230: (_RECIPIENT, "User has not interacted with the OA in the past 7 days"),
    -232: (_RECIPIENT, "User has not interacted with the OA"),
    -233: (_CONTENT, "message type is invalid or not supported"),
    -234: (Class.MORNING, "This message cannot be sent at night"),
    -235: (_SETUP, "This API does not support this type of OA"),
    -237: (_SETUP, "The group is disabled"),
    -238: (_SETUP, "asset_id is already used"),
    -240: (_SETUP, "MessageV2 API has been shut down"),
    -241: (_SETUP, "asset_id is disabled"),
    -242: (_SETUP, "Invalid appsecret_proof"),
    -244: (_RECIPIENT, "User has restricted this message type from your OA"),
    -248: (_CONTENT, "Violates our platform standards"),
    -249: (_SETUP, "Template does not support sending by user id"),
    -305: (_RECIPIENT, "cannot respond after 48 hours"),
    -311: (_RECIPIENT, "out of reply quota"),
    -320: (_SETUP, "Your app needs a Zalo Cloud Account"),
    -321: (_SETUP, "Zalo Cloud Account is out of money"),
    -403: (_SETUP, "OA is not in the group"),
    -501: (_SETUP, "limited outside Vietnam"),
}

BUSINESS: dict[int, tuple[Class, str]] = {
    -100: (Class.TRANSIENT, "Unknown error, try again later"),
    **dict.fromkeys((-101, -102, -103, -104, -105), (_SETUP, "the application is invalid, inactive or not linked")),
    -106: (_CONTENT, "Method unsupported"),
    -107: (_CONTENT, "message id invalid"),
    -108: (_RECIPIENT, "Phone number invalid"),
    -109: (_SETUP, "Template ID invalid"),
    -110: (_RECIPIENT, "Zalo version unsupported"),
    -111: (_CONTENT, "Template data empty"),
    -112: (_CONTENT, "Template data invalid"),
    -1121: (_CONTENT, "a template parameter is too long"),
    -1122: (_CONTENT, "a template parameter is missing"),
    -1123: (_CONTENT, "QR code failed"),
    -1124: (_CONTENT, "a template parameter has a wrong format"),
    **dict.fromkeys((-113, -1131, -1132), (_SETUP, "Button invalid")),
    -114: (_RECIPIENT, "user cannot receive: inactive or opted out"),
    -115: (_SETUP, "Out of quota: the balance is not enough"),
    -116: (_CONTENT, "Text invalid"),
    -117: (_SETUP, "OA or App does not have permission to access this template"),
    -118: (_RECIPIENT, "Zalo account not existed"),
    -119: (_RECIPIENT, "Account can not receive message"),
    **dict.fromkeys((-120, -1201, -1202), (_SETUP, "OA has no permission for this feature")),
    **dict.fromkeys((-121, -122, -123), (_CONTENT, "the body is empty or not JSON")),
    -124: (Class.TOKEN, "Access token invalid"),
    -1241: (_SETUP, "appsecret_proof invalid"),
    -125: (_SETUP, "Official Account ID invalid"),
    -126: (_SETUP, "out of development-mode quota"),
    -127: (_SETUP, "a test template can only be sent to an admin"),
    **dict.fromkeys((-128, -129), (_SETUP, "encoding key")),
    -130: (_CONTENT, "over the character limit"),
    -131: (_SETUP, "template not approved"),
    -132: (_CONTENT, "parameter invalid"),
    -133: (Class.MORNING, "not allowed to send at night"),
    -134: (_RECIPIENT, "user has not opted in"),
    **dict.fromkeys((-135, -1351), (_SETUP, "the OA may not send")),
    **dict.fromkeys((-136, -137), (_SETUP, "ZBS account: not linked, or the charge failed")),
    **dict.fromkeys((-138, -1381), (_SETUP, "the app has no permission")),
    **dict.fromkeys((-139, -140, -141), (_RECIPIENT, "user refused messages of this kind or of this OA")),
    **dict.fromkeys((-142, -143), (_SETUP, "RSA key")),
    -144: (Class.TOMORROW, "the OA's daily limit"),
    **dict.fromkeys((-1441, -1471, -1472), (_RECIPIENT, "promotion limit")),
    -145: (_SETUP, "OA not allowed to send this type"),
    -146: (_SETUP, "template disabled for low quality"),
    -147: (Class.TOMORROW, "the template's daily limit"),
    **dict.fromkeys((-148, -149, -1491, -150), (_CONTENT, "journey token")),
    **dict.fromkeys((-151, -152, -153), (_CONTENT, "encrypted template")),
    **dict.fromkeys((-161, -162), (_CONTENT, "sending_mode")),
    -249: (_SETUP, "Template does not support sending by user id"),
}

TABLES: dict[Host, dict[int, tuple[Class, str]]] = {
    Host.OA: {**BUSINESS, **OA},  # templates by user id answer with the business host's codes too (facts 7.1)
    Host.BUSINESS: BUSINESS,
}

OAUTH = {
    -14002: "Invalid appId, or the app is not active",
    -14003: "Invalid redirect uri",
    -14004: "Invalid secret key",
    -14005: "Code invalid, expired or already used",
    -14014: "Invalid refresh token: already used, expired or revoked",
    -14018: "Invalid grant type",
}
"""Codes of the host that gives tokens: each needs a person."""


def known(host: Host, code: int) -> bool:
    """Whether our table has this code; one that it lacks deserves a loud line in the log."""
    return code in TABLES[host]


def fault(host: Host, code: int, message: str, now: datetime) -> SendError:
    """The error that a code stands for; a code that no document names may have gone through."""
    name = f"{host}:{code}"
    entry = TABLES[host].get(code)
    if entry is None:
        return Unknown(f"{name} {words(message)}")
    kind, meaning = entry
    detail = f"{name} {meaning}"
    match kind:
        case Class.RECIPIENT:
            return Rejected(detail, code=name, permanent=True)
        case Class.CONTENT:
            return Rejected(f"{detail} ({words(message)})", code=name, permanent=True, ours=True)
        case Class.SETUP | Class.TOKEN:
            return Rejected(detail, code=name, permanent=False, ours=True)
        case Class.TRANSIENT:
            return Rejected(detail, code=name, permanent=False)
        case Class.AMBIGUOUS:
            return Unknown(detail)
        case Class.MINUTE:
            return Throttled(detail, retry_after=60, code=name)
        case Class.HOUR | Class.MORNING | Class.TOMORROW:
            return Throttled(detail, retry_after=_seconds(kind, now), code=name, whole=False)


def _seconds(kind: Class, now: datetime) -> float:
    """Until it is worth trying again.  Zalo states no time zone and no hour of reset: Vietnam's, and after midnight."""
    if kind is Class.HOUR:
        return 3_600
    local = now.astimezone(_VIETNAM)
    opening = local.replace(hour=6 if kind is Class.MORNING else 0, minute=5, second=0, microsecond=0)
    if opening <= local:
        opening += timedelta(days=1)
    return (opening - local).total_seconds()
