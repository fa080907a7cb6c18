"""`[procedures]`: the province's own word on procedures, and its own words for them."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, field_validator


class Settings(BaseModel, frozen=True, extra="forbid"):
    """Paths of files; an empty one means the file that is shipped in procedures/data."""

    overrides: Path | None = Field(
        None, description="tệp CSV của tỉnh: lệ phí, thời gian, nơi nộp, đường dẫn, tạm ngừng, kèm căn cứ và thời hạn"
    )
    stale_after_days: int = Field(90, ge=1, le=3650, description="danh mục cũ hơn số ngày này thì không nêu số tiền")
    spoken: Path | None = Field(None, description="tên gọi dân dã của thủ tục (spoken.jsonl)")
    colloquial: Path | None = Field(None, description="tên gọi thêm của tỉnh (colloquial.csv)")
    titles: Path | None = Field(None, description="tên ngắn để chọn (titles.csv)")
    facets: Path | None = Field(None, description="từ chỉ loại việc (facets.csv)")
    asking: Path | None = Field(None, description="câu hỏi lại (asking.jsonl)")
    absent: Path | None = Field(None, description="việc không có trong danh mục và nơi phục vụ (absent.csv)")
    misses_kept_days: int = Field(90, ge=7, le=730, description="số ngày giữ câu mà trợ lý chưa hiểu, kể từ lần cuối")
    sensitive: Path | None = Field(None, description="thủ tục không bao giờ nêu tên (sensitive.csv)")

    @field_validator("*", mode="before")
    @classmethod
    def _shipped(cls, value: Any) -> Any:
        return None if value == "" else value
