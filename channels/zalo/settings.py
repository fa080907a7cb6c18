"""What `[channels.zalo]` in the configuration says."""

from typing import Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from channels.http import Origin


class Settings(BaseModel, frozen=True, extra="forbid"):
    """The province's Zalo page (Official Account), its app, and the templates registered with Zalo."""

    enabled: bool = Field(default=False, description="Bật kênh Zalo.")
    app_id: str = Field(default="", description="Mã ứng dụng trên developers.zalo.me, chỉ gồm chữ số.")
    app_secret: SecretStr = Field(default=SecretStr(""), description="Khóa bí mật của ứng dụng (App Secret).")
    oa_id: str = Field(default="", description="Mã trang Zalo (Official Account) của tỉnh, chỉ gồm chữ số.")
    oa_secret_key: SecretStr = Field(
        default=SecretStr(""), description="OA Secret Key ở trang Webhook của ứng dụng; khác App Secret."
    )
    refresh_token: SecretStr = Field(
        default=SecretStr(""),
        description="Refresh token ban đầu. Chỉ dùng được một lần, sau đó hệ thống tự giữ; đổi giá trị này để thay.",
    )
    api_base: Origin = Field(default="https://openapi.zalo.me", description="Máy chủ API của trang Zalo.")
    oauth_base: Origin = Field(default="https://oauth.zaloapp.com", description="Máy chủ cấp quyền của Zalo.")
    business_base: Origin = Field(
        default="https://business.openapi.zalo.me", description="Máy chủ tin theo mẫu gửi bằng số điện thoại."
    )
    templates: dict[str, str] = Field(
        default_factory=dict, description="Sự kiện = mã mẫu tin đã được Zalo duyệt, ví dụ done = '123456'."
    )
    uid_templates: tuple[str, ...] = Field(
        default=(),
        description="Những sự kiện mà mẫu tin được phép gửi theo tài khoản Zalo (rẻ hơn theo số điện thoại).",
    )
    rate_per_second: float = Field(default=0, ge=0, description="Số tin nhiều nhất mỗi giây; 0 là không giới hạn.")
    connections: int = Field(default=8, ge=1, le=200, description="Số kết nối cùng lúc tới Zalo.")
    timeout_seconds: float = Field(default=10, gt=0, le=120, description="Chờ Zalo trả lời bao nhiêu giây.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.enabled:
            return self
        needed = {
            "app_id": self.app_id,
            "app_secret": self.app_secret.get_secret_value(),
            "oa_id": self.oa_id,
            "oa_secret_key": self.oa_secret_key.get_secret_value(),
        }
        faults = [f"thiếu {key}" for key, value in needed.items() if not value]
        faults += [f"{key} phải chỉ gồm chữ số" for key in ("app_id", "oa_id") if not needed[key].isdecimal()]
        faults += [
            f"uid_templates: chưa có mẫu cho {event}" for event in self.uid_templates if event not in self.templates
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self
