import ssl

import pytest

from storage.redis import Address, BadTarget, Target, Tls, parse_target


@pytest.mark.parametrize(
    ("url", "means"),
    [
        (
            "redis://redis",
            Target(kind="standalone", addresses=(Address("redis", 6379),)),
        ),
        (
            "redis://:p%40ss%2Fword@10.0.0.1:7000/3",
            Target(
                kind="standalone",
                addresses=(Address("10.0.0.1", 7000),),
                database=3,
                password="p@ss/word",
            ),
        ),
        (
            "redis://veza:secret@[::1]:7000?db=2",
            Target(
                kind="standalone",
                addresses=(Address("::1", 7000),),
                database=2,
                username="veza",
                password="secret",
            ),
        ),
        (
            "rediss://redis:6380/0?ssl_ca_certs=/ca.pem&ssl_cert_reqs=none",
            Target(
                kind="standalone",
                addresses=(Address("redis", 6380),),
                tls=Tls(ca_file="/ca.pem", verify=False),
            ),
        ),
        (
            "unix://:secret@/run/redis.sock?db=1",
            Target(
                kind="standalone",
                addresses=(Address("/run/redis.sock", 0),),
                database=1,
                password="secret",
            ),
        ),
        (
            "redis+sentinel://:s@a,b:26380/main/4?sentinel_password=t",
            Target(
                kind="sentinel",
                addresses=(Address("a", 26379), Address("b", 26380)),
                service="main",
                database=4,
                password="s",
                sentinel_password="t",
            ),
        ),
        (
            "rediss+cluster://:s@a:7000,b:7001,c",
            Target(
                kind="cluster",
                addresses=(Address("a", 7000), Address("b", 7001), Address("c", 6379)),
                password="s",
                tls=Tls(),
            ),
        ),
    ],
)
def test_each_form_is_understood(url: str, means: Target) -> None:
    assert parse_target(url) == means


@pytest.mark.parametrize(
    ("url", "what_is_wrong"),
    [
        ("localhost:6379", "there is no localhost://"),
        ("http://redis", "there is no http://"),
        ("redis://", "a host is missing"),
        ("redis://a:port", "whole number up to 65535"),
        ("redis://a:70000", "whole number up to 65535"),
        ("redis://a,b", "redis+sentinel:// or redis+cluster://"),
        ("redis://a/one", "whole number, such as /0"),
        ("redis://a?sock=1", "no option 'sock'"),
        ("redis://a?ssl_cert_reqs=none", "no option 'ssl_cert_reqs'"),
        ("rediss://a?ssl_cert_reqs=maybe", "`required` or `none`"),
        ("unix://", "the path of a socket"),
        ("redis+sentinel://a,b", "the service's name"),
        ("redis+sentinel://a,,b/main", "a host is missing"),
        ("redis+cluster://a/1", "database 0 alone"),
        ("redis+cluster://a?db=1", "no option 'db'"),
    ],
)
def test_a_wrong_one_is_refused_with_what_is_wrong(url: str, what_is_wrong: str) -> None:
    with pytest.raises(BadTarget) as refused:
        parse_target(url.replace("://", "://:hidden@", 1) if url.endswith("b") else url)

    assert what_is_wrong in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_whoever_is_believed_stands_in_the_tls_context() -> None:
    strict, lax = Tls().context(), Tls(verify=False).context()

    assert (strict.verify_mode, strict.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (lax.verify_mode, lax.check_hostname) == (ssl.CERT_NONE, False)
