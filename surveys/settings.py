"""`[surveys]`: whether, when and how long a survey is asked."""

from datetime import timedelta

from pydantic import BaseModel, Field


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[surveys]`."""

    enabled: bool = Field(True, description="hỏi mức độ hài lòng sau khi trả kết quả")
    ask_after_minutes: float = Field(
        180, ge=0, description="hỏi sau khi trả kết quả bao nhiêu phút; tin báo trả kết quả đi trước"
    )
    check_every_seconds: int = Field(900, ge=1, le=86_400, description="mỗi bao nhiêu giây xem có ai cần mời đánh giá")
    expires_days: int = Field(7, ge=1, le=30, description="khảo sát không trả lời thì đóng sau số ngày này")
    most_ignored: int = Field(2, ge=1, description="ai bỏ qua số lần này thì không hỏi nữa")

    @property
    def ask_after(self) -> timedelta:
        return timedelta(minutes=self.ask_after_minutes)

    @property
    def life(self) -> timedelta:
        return timedelta(days=self.expires_days)
