"""Signatures are those of the Standard Webhooks specification."""

from datetime import UTC, datetime

from postal_bridge.subscriptions.signing import SECRET_BYTES, headers_of, secret_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = datetime.fromtimestamp(1_614_265_330, UTC)
BODY = b'{"test": 2432232314}'
PUBLISHED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_vector_comes_out() -> None:
    """Vector of the specification's reference libraries (standard-webhooks, test of `sign`)."""
    headers = headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", BODY, at=AT, secrets=[SECRET])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": PUBLISHED,
    }


def test_two_secrets_sign_beside_each_other() -> None:
    other = secret_of(bytes(range(SECRET_BYTES)))
    headers = headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", BODY, at=AT, secrets=[other, SECRET])
    first, second = headers["webhook-signature"].split(" ")
    assert second == PUBLISHED
    assert first != PUBLISHED
    assert first.startswith("v1,")
