"""`[dossiers]`: how long a status stays news, and where dossiers are pulled from."""

from pydantic import BaseModel, Field, SecretStr


class PullSettings(BaseModel, frozen=True, extra="forbid"):
    """`[dossiers.pull]`: a source that answers `GET url?since=…` with `{"dossiers": […], "next": "…"}`."""

    enabled: bool = Field(default=False, description="kéo hồ sơ từ nguồn này theo lịch")
    url: str = Field(default="", max_length=500, description="địa chỉ http(s) của nguồn")
    token: SecretStr = Field(default=SecretStr(""), description="gửi trong Authorization: Bearer")
    source: str = Field(default="pull", min_length=1, max_length=64, description="tên nguồn, ghi vào source_id")
    every_seconds: int = Field(default=300, ge=1, le=86_400, description="kéo mỗi bao nhiêu giây")
    timeout_seconds: float = Field(default=30, gt=0, le=300, description="chờ một trang dữ liệu bao lâu")
    announce_first_load: bool = Field(default=False, description="báo tin cả lần tải đầu tiên")


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[dossiers]`."""

    announce_within_hours: float = Field(
        default=24, gt=0, le=720, description="trạng thái cũ hơn số giờ này được lưu, không báo"
    )
    pull: PullSettings = PullSettings()
