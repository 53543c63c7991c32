"""What the API answers, as it stands in its description."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class PayRecord(BaseModel):
    """What one employer paid from a civil day on."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    employer: str = Field(description="The employer's code, such as HMRC.")
    starts: date = Field(alias="from", description="The first civil day, in London.")
    until: date | None = Field(description="The last civil day; null while it lasts.")
    salary_pence: int = Field(ge=0, description="Full-time, a year, before tax, in pence of `currency`.")
    currency: str = Field(min_length=3, max_length=3)
    fte_thousandths: int = Field(gt=0, le=1000, description="Part-time: thousandths of full time.")
    reason: str = Field(description="Why it began: appointment, award, promotion or transfer.")


class PayHistory(BaseModel):
    """A person's pay records that have begun, the oldest first."""

    model_config = ConfigDict(extra="forbid")

    sub: str = Field(description="The person, as this app knows them.")
    pay_history: list[PayRecord]
