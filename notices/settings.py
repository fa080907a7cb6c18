"""The section `[notices]` of the configuration."""

from pydantic import BaseModel, Field


class Settings(BaseModel, frozen=True, extra="forbid"):
    """Which events are never told, and how large a bulk notice may be before a second person must see it."""

    off: tuple[str, ...] = Field(("processing",), description="những sự kiện không báo cho người dân")
    approval_above: int = Field(200, ge=0, description="thông báo trên số người này phải có người thứ hai duyệt")
