"""`[web]`: where the service listens, and how the outside reaches it."""

from pydantic import BaseModel, Field


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[web]`."""

    host: str = Field(default="127.0.0.1", description="địa chỉ máy chủ lắng nghe")
    port: int = Field(default=8080, ge=0, le=65_535, description="cổng; 0: hệ thống tự chọn")
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*)?)?$",
        description="địa chỉ mà Zalo và các hệ thống khác gọi tới, ví dụ https://motcua.lamdong.gov.vn",
    )
    zalo_verifier: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_-]{0,100}$",
        description="mã xác minh tên miền của Zalo: phần sau zalo_verifier trong tên tệp",
    )
    api_per_second: float = Field(default=50, gt=0, le=10_000, description="số lần gọi API mỗi giây của một khóa")

    @property
    def address(self) -> str:
        """The public address without a slash at its end; the local one where none is set."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"
