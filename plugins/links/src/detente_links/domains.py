"""Domains made comparable: the part that a firm registers, without what many firms share."""

from __future__ import annotations

import polars as pl

# Registries that sell names below a second level of their own.
_SECOND_LEVELS = "ac|co|com|edu|gob|gov|go|ltd|me|ne|net|nom|or|org|plc"
_REGISTERED = rf"([^.]+\.(?:(?:{_SECOND_LEVELS})\.[a-z]{{2}}|[^.]+))$"

_LISTED = """
126.com 163.com aim.com aol.com att.net bellsouth.net bigpond.com bluewin.ch bol.com.br btinternet.com
charter.net club-internet.fr comcast.net cox.net duck.com earthlink.net email.com fastmail.com
foxmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com
home.nl hotmail.be hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl
hushmail.com icloud.com inbox.com interia.pl juno.com kpnmail.nl laposte.net libero.it live.co.uk
live.com live.de live.fr live.nl mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com neuf.fr
o2.pl onet.pl online.de optonline.net orange.fr outlook.com outlook.de outlook.fr pm.me posteo.de
proton.me protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com sbcglobal.net seznam.cz sfr.fr
shaw.ca sky.com sympatico.ca t-online.de telenet.be telia.com terra.com.br tiscali.it tutanota.com
uol.com.br verizon.net virgilio.it virginmedia.com wanadoo.fr web.de wp.pl yahoo.ca yahoo.co.in
yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru
ymail.com ziggo.nl zoho.com
blogspot.com etsy.com facebook.com github.com github.io google.com instagram.com jimdo.com linkedin.com
linktr.ee medium.com myshopify.com squarespace.com twitter.com weebly.com wix.com wixsite.com
wordpress.com x.com youtube.com
"""
SHARED = frozenset(_LISTED.split())
"""Free mail, access providers and sites on which many firms have a page: they say nothing about a firm.

Source: the providers' own lists of addresses that they give to the public.
"""


def registered_domain(text: pl.Expr) -> pl.Expr:
    """The registered part of a host, address or URL, in lower case; null if shared, or no domain at all."""
    host = text.str.to_lowercase().str.strip_chars()
    host = host.str.replace(r"^[a-z][a-z0-9+.-]*://", "").str.replace(r"[/?#:].*$", "")
    host = host.str.replace(r"^.*@", "").str.strip_chars(".").str.replace(r"^www\d?\.", "")
    found = pl.when(~host.str.contains(r"[\s]")).then(host.str.extract(_REGISTERED, 1))
    return pl.when(~found.is_in(sorted(SHARED))).then(found)
