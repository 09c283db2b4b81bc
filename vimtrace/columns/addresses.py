"""The addresses of the other ends of connections, by columns."""

import polars

from vimtrace.trace import descriptors

ADDRESS = descriptors.ADDRESS.pattern
IPV4 = rf"{descriptors.IPV4}, "
IPV6 = (
    r'\{sa_family=AF_INET6, sin6_port=htons\(([0-9]+)\), [^{}"]*'
    r'inet_pton\(AF_INET6, "([0-9a-f.]*:[0-9a-f:.]*)", &sin6_addr\), [^{}]*\}, '
)
PATH = r'\{sa_family=AF_UNIX, sun_path=(@?)"([ !#-\[\]-~]+)"\}, '


def far_end(text: polars.Expr, before: str, behind: str = "") -> polars.Expr:
    """The address in *text* between *before* and *behind* (regular expressions), as address() tells it; else null."""
    (port, host), (port6, host6), (sign, path) = (
        [text.str.extract(before + address + behind, group) for group in (1, 2)] for address in (IPV4, IPV6, PATH)
    )
    return polars.coalesce(
        polars.concat_str(host, polars.lit(":"), port),
        polars.concat_str(polars.lit("["), host6, polars.lit("]:"), port6),
        polars.concat_str(sign, path),
    )
