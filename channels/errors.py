"""What can go wrong, named by what happened. The rooms above decide what it means."""


class SendError(Exception):
    """The message was not accepted."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.__class__.__doc__)
        self.detail = detail


class Rejected(SendError):
    """The provider said no.

    `permanent` for this person on this path (another channel may reach them); otherwise the fault is ours or passing.
    `code` is the provider's own, `ours` says that a person of the IT team must act (permission, money, template).
    """

    def __init__(self, detail: str = "", *, code: str = "", permanent: bool = True, ours: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.permanent = permanent
        self.ours = ours


class Throttled(SendError):
    """The provider said later. `retry_after` in seconds; None when it did not say.

    `whole`: all messages of the channel must wait; otherwise only this one and its like (a template's own limit).
    """

    def __init__(
        self, detail: str = "", *, retry_after: float | None = None, code: str = "", whole: bool = True
    ) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.code = code
        self.whole = whole


class Unavailable(SendError):
    """The provider could not be reached: nothing left us."""


class Unknown(SendError):
    """The request left us and no clear answer came: it may have gone through."""


class ReadError(Exception):
    """A webhook call could not be read."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.__class__.__doc__)


class Forged(ReadError):
    """The signature does not hold."""


class Unsigned(ReadError):
    """There is no signature at all: a probe; answered politely, counted, nothing stored."""


class Malformed(ReadError):
    """Signed, but not what the provider's documents say."""
