"""What the provider says of limits, keys, plans and symbols, in many wordings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.alpha_vantage.wordings import Outcome, meaning_of

BURST = """
Burst pattern detected. Please spread your requests evenly over a minute.
You have exceeded 5 requests per second.
Please send no more than 1 request/second on the free plan.
Your plan allows 75 requests per minute. Please upgrade to a premium plan for more.
Our standard API rate limit is 5 calls a minute and 25 calls a day.
Rate limit: 5 req/min, 500 req/day.
You have reached the limit of 600 requests in any 60 seconds.
Thank you for using Alpha Vantage! Please consider optimizing your API call frequency.
Please visit (address) if you would like to target a higher API call frequency.
Too many requests. Please slow down.
You have been throttled.
Our premium rate limit is 1200 requests/minute; unlock all premium endpoints with a higher plan.
Per-minute rate limit exceeded.
The hourly request limit is reached.
You may send 500 calls per hour.
Please consider spreading out your free API requests more sparingly (25 requests per day).
Slow down: 75 RPM at most.
""".strip().splitlines()

DAILY = """
Thank you! You have reached the 100 requests/day limit for your free API key.
We have detected your API key as X and our standard API rate limit is 25 requests per day.
Our standard API rate limit is 1 request per day. Unlock all premium endpoints with a premium plan.
You have used all of your 25 daily calls.
Daily quota exceeded.
You may make 500 API calls in 24 hours.
Our standard API call frequency is 25 calls per day.
You have no requests left for today. Please subscribe to any of the premium plans.
The limit of 25 requests each day is reached.
Please come back tomorrow.
The maximum of 25 requests per trading day has been used.
Your 25 requests/24h are used up.
Your plan includes 10000 requests per month.
""".strip().splitlines()

INVALID_CALL = """
Invalid API call. Please retry or visit the documentation for GLOBAL_QUOTE.
Invalid API call. Please retry or visit the documentation (https://x.example/api-key/) for quotes.
Invalid symbol: NOSUCH
The symbol NOSUCH is not supported.
Unknown ticker.
""".strip().splitlines()

REJECTED = """
the parameter apikey is invalid or missing. Please claim your free API key in less than a minute.
Invalid API key.
Your API key has been deactivated.
The API key that you sent is not valid.
The **demo** API key is for demo purposes only.
Thank you for using Alpha Vantage! This is a premium endpoint.
This is a premium endpoint. Subscribe to a plan of 75 requests per minute to unlock it.
GLOBAL_QUOTE is a premium function. Free keys have 25 requests per day.
Please subscribe to unlock all premium endpoints.
Realtime quotes are only available to premium members.
Your plan does not include this endpoint.
""".strip().splitlines()

UNKNOWN = """
We are having a party.
Our servers are being looked after. Please try again later.
Thank you for using Alpha Vantage!
Rate limit.
Have a nice day!
Your limit resets in 14 hours.
""".strip().splitlines()

WORDINGS = [
    *((text, Outcome.BURST_LIMIT) for text in BURST),
    *((text, Outcome.DAILY_LIMIT) for text in DAILY),
    *((text, Outcome.UNKNOWN_SYMBOL) for text in INVALID_CALL),
    *((text, Outcome.REJECTED) for text in REJECTED),
    *((text, None) for text in UNKNOWN),
]


@pytest.mark.parametrize(("text", "meaning"), WORDINGS)
def test_a_few_words_decide_what_a_message_means(text, meaning):
    assert meaning_of(text) is meaning
    assert meaning_of(text.upper()) is meaning


@given(
    number=st.integers(1, 100_000),
    noun=st.sampled_from(["request", "requests", "API call", "API requests", "calls"]),
    unit=st.sampled_from(
        [
            ("{} per second", Outcome.BURST_LIMIT),
            ("{}/second", Outcome.BURST_LIMIT),
            ("{} a second", Outcome.BURST_LIMIT),
            ("{} per minute", Outcome.BURST_LIMIT),
            ("{}/minute", Outcome.BURST_LIMIT),
            ("{} every minute", Outcome.BURST_LIMIT),
            ("{} per day", Outcome.DAILY_LIMIT),
            ("{}/day", Outcome.DAILY_LIMIT),
            ("{} each day", Outcome.DAILY_LIMIT),
            ("{} in 24 hours", Outcome.DAILY_LIMIT),
        ]
    ),
    sentence=st.sampled_from(
        [
            "Our standard API rate limit is {}.",
            "You have reached the limit of {}. Please subscribe to any of the premium plans.",
            "We have detected your API key as ABC123 with {}. Unlock premium endpoints!",
        ]
    ),
)
def test_a_limit_is_known_by_its_unit_whatever_the_number_and_the_noun(
    number, noun, unit, sentence
):
    form, meaning = unit
    assert meaning_of(sentence.format(form.format(f"{number} {noun}"))) is meaning


@given(st.text())
def test_any_text_has_a_meaning_or_none(text):
    assert meaning_of(text) in {meaning for _, meaning in WORDINGS}
