"""What `[channels.sms]` in the configuration says."""

from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from channels.sms.http import Settings as HttpSettings
from channels.sms.twilio import Settings as TwilioSettings

GatewayName = Literal["http", "twilio"]


class Settings(BaseModel, frozen=True, extra="forbid"):
    """SMS by one or several gateways, each with its own section `[channels.sms.<gateway>]`."""

    enabled: bool = Field(default=False, description="Bật kênh SMS.")
    gateways: tuple[GatewayName, ...] = Field(
        default=(),
        description="Các cổng theo thứ tự; nhiều cổng thì dùng cổng đưa tin tốt và rẻ, hỏng thì sang cổng khác.",
    )
    gateway: GatewayName | None = Field(default=None, description='Viết gọn khi chỉ có một cổng: gateway = "http".')
    two_way_number: str = Field(
        default="", max_length=20, description="Số mà người dân nhắn lại được; để trống nếu chỉ gửi một chiều."
    )
    rate_per_second: float = Field(default=0, ge=0, description="Số tin nhiều nhất mỗi giây; 0 là không giới hạn.")
    connections: int = Field(default=8, ge=1, le=200, description="Số kết nối cùng lúc tới mỗi cổng.")
    http: HttpSettings = Field(default_factory=HttpSettings, description="Cổng SMS chung qua HTTP.")
    twilio: TwilioSettings = Field(default_factory=TwilioSettings, description="Twilio.")

    @property
    def order(self) -> tuple[GatewayName, ...]:
        """The gateways in their order, whichever way they were written."""
        return self.gateways or ((self.gateway,) if self.gateway else ())

    @model_validator(mode="after")
    def _complete(self) -> Self:
        faults = []
        if self.gateways and self.gateway:
            faults.append("chỉ ghi gateways hoặc gateway, không ghi cả hai")
        if len(set(self.gateways)) != len(self.gateways):
            faults.append("gateways có cổng ghi hai lần")
        if self.enabled and not self.order:
            faults.append("thiếu gateways")
        if self.enabled and "http" in self.order and self.http.url is None:
            faults.append("thiếu http.url")
        if self.enabled and "twilio" in self.order and not self.twilio.account_sid:
            faults.append("thiếu twilio.account_sid")
        if faults:
            raise ValueError("; ".join(faults))
        return self
