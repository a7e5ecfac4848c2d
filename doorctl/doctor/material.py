"""Are a site's certificates, revocation lists and signing keys good, and do they fit together?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from doorbus.errors import KeyMaterialError
from doorbus.signing import load_key_ring, load_private_key, load_public_key
from doorctl.authority import Authority
from doorctl.doctor.certificates import CLIENT, SERVER, Expected, ages, authority_faults, faults
from doorctl.doctor.finding import Finding
from doorctl.keys import fingerprint
from doorctl.register import ROLES, Register, Role
from doorctl.renewal import DUE_DAYS
from doorctl.site import Site
from doorctl.web_certificates import WEB


class Material:
    """Looks at the files of one site.

    Args:
        site: which.
        now: the time to judge by.
    """

    def __init__(self, site: Site, now: datetime | None = None) -> None:
        self._site = site
        self._now = now or datetime.now(UTC)
        self._register = Register(site.authorities)

    def look(self) -> Iterator[Finding]:
        """Look at everything."""
        for role in ROLES:
            try:
                authority = Authority.load(self._site.authorities, role)
            except KeyMaterialError as error:
                yield Finding(f"ca/{role}.crt", str(error), "restore the site's ca/ folder")
                continue
            yield from self._authority(role, authority)
            yield from self._holders(role, authority)
            yield self._list(role, authority)
        yield from self._pages()
        yield from self._signing_keys()

    def _authority(self, role: Role, authority: Authority) -> Iterator[Finding]:
        name = f"ca/{role}.crt"
        wrong = list(authority_faults(authority.certificate, self._now))
        remedy = "make a new site beside this one and move the doors over" if wrong else ""
        yield Finding(name, "; ".join(wrong) or _until(authority.certificate), remedy)
        copy = self._site.broker / f"{role}-ca.crt"
        if not copy.exists() or copy.read_bytes() != authority.pem:
            yield Finding(
                f"broker/{copy.name}",
                f"is not the {role} authority",
                f"copy {self._site.authorities / f'{role}.crt'} over it; restart the broker",
            )

    def _holders(self, role: Role, authority: Authority) -> Iterator[Finding]:
        names, gone = self._site.description.broker.names, self._register.revoked_serials(role)
        server = Expected(f"broker.{role}", authority.certificate, SERVER, gone, names)
        root = self._site.root
        yield self._certificate(
            self._site.broker / f"{role}-server.crt",
            server,
            f"doorctl broker renew {root}; restart the broker",
        )
        described = self._site.description
        for name in described.doors if role == "doors" else self._site.staff_names:
            file = self._site.holder(name) / "client.crt"
            if file.parent.exists():
                expected = Expected(name, authority.certificate, CLIENT, gone)
                anew = f"doorctl renew {root} {name} --new-key"
                anew = anew if role == "staff" else _rotate(self._site, name)
                yield self._certificate(file, expected, anew)
            else:
                yield self._carried_away(role, name)
            if self._site.rotation(name).exists():
                yield Finding(
                    f"rotations/{name}",
                    "new keys wait for the door",
                    f"put them onto its board, then {_rotate(self._site, name)} --finish",
                )

    def _certificate(self, file: Path, expected: Expected, anew: str) -> Finding:
        wrong = list(faults(file, expected, self._now))
        subject = str(file.relative_to(self._site.root))
        if not wrong:
            return Finding(subject, _until(x509.load_pem_x509_certificate(file.read_bytes())))
        if all(one.startswith("expire") for one in wrong) and expected.usage == CLIENT:
            anew = f"doorctl renew {self._site.root} {expected.name}"
        return Finding(subject, "; ".join(wrong), anew)

    def _pages(self) -> Iterator[Finding]:
        """What browsers are shown, where a console's folder is here and has a certificate."""
        root = self._site.root
        for console in self._site.description.consoles:
            file = self._site.staff(f"console.{console.name}") / f"{WEB}.crt"
            if not file.exists():
                continue
            remedy = f"doorctl console certificate {root} {console.name} --host ..., as before"
            try:
                issuer = Authority.load(self._site.authorities, WEB).certificate
            except KeyMaterialError as error:
                yield Finding(f"ca/{WEB}.crt", str(error), "restore the site's ca/ folder")
                return
            expected = Expected(f"console.{console.name}", issuer, SERVER)
            yield self._certificate(file, expected, remedy)

    def _carried_away(self, role: Role, name: str) -> Finding:
        known = self._register.issued(role, name)
        if not known:
            return Finding(f"certificate of {name}", "is elsewhere and was never noted here")
        newest = max(known, key=lambda one: one.not_valid_after_utc)
        wrong = list(ages(newest, self._now))
        says = "; ".join(wrong) or f"is elsewhere; {_until(newest)}"
        remedy = f"doorctl renew {self._site.root} {name}" if wrong else ""
        return Finding(f"certificate of {name}", says, remedy)

    def _list(self, role: Role, authority: Authority) -> Finding:
        file = self._site.broker / f"{role}.crl"
        try:
            found = x509.load_pem_x509_crl(file.read_bytes())
            wrong = list(self._list_faults(role, authority, found))
        except (OSError, ValueError) as error:
            wrong = [f"no readable revocation list ({error})"]
        if wrong:
            remedy = f"doorctl renew {self._site.root}; reload the broker"
            return Finding(f"broker/{file.name}", "; ".join(wrong), remedy)
        return Finding(f"broker/{file.name}", f"{len(found) - 1} revoked; {_next(found)}")

    def _list_faults(
        self, role: Role, authority: Authority, found: x509.CertificateRevocationList
    ) -> Iterator[str]:
        key = authority.certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not found.is_signature_valid(key):
            yield f"not signed by the {role} authority"
        ends = found.next_update_utc
        if ends is None or ends < self._now:
            yield "expired: the broker lets nobody in"
        elif ends < self._now + timedelta(days=DUE_DAYS):
            yield f"ends soon: {_next(found)}"
        listed = {one.serial_number for one in found}
        if missing := self._register.revoked_serials(role) - listed:
            yield f"leaves out {len(missing)} revoked certificate(s)"
        canary = self._site.authorities / f"{role}-canary.crt"
        proof = x509.load_pem_x509_certificate(canary.read_bytes())
        if proof.serial_number not in listed:
            yield f"is older than {canary.name}, which proves it"

    def _signing_keys(self) -> Iterator[Finding]:
        owners: dict[str, set[str]] = defaultdict(set)
        for folder in self._site.brain_folders:
            subject = str((folder / "brain.key").relative_to(self._site.root))
            try:
                own = load_private_key(folder / "brain.key").public_key()
                public = load_public_key(folder / "brain.pub")
            except KeyMaterialError as error:
                yield Finding(subject, str(error), "bring it back from the brain's machine")
                continue
            if own != public:
                remedy = f"doorctl brain rotate {self._site.root}"
                yield Finding(subject, "brain.pub is of another key", remedy)
            owners[fingerprint(own)].add("the brain")
            yield from self._believers(folder)
        for door in self._site.description.doors:
            yield from self._door(door, owners)
        for shared in owners.values():
            if len(shared) > 1:
                yield Finding(
                    "signing keys",
                    f"{', '.join(sorted(shared))} have one key between them",
                    "give the doors new ones: doorctl door rotate",
                )

    def _believers(self, brain: Path) -> Iterator[Finding]:
        own = load_private_key(brain / "brain.key").public_key()
        for file in (*sorted(self._site.root.glob("doors/*/brain.pub")), self._site.trusted):
            subject = str(file.relative_to(self._site.root))
            try:
                ring = load_key_ring(file)
            except KeyMaterialError as error:
                yield Finding(subject, str(error), f"copy {brain / 'brain.pub'} over it")
                continue
            if own not in ring.keys:
                says = "does not hold the key that the brain signs with"
                yield Finding(subject, says, f"copy {brain / 'brain.pub'} over it")

    def _door(self, door: str, owners: dict[str, set[str]]) -> Iterator[Finding]:
        known = [
            file
            for brain in self._site.brain_folders
            for file in (brain / "doors" / f"{door}.pub", brain / "doors" / f"{door}.next.pub")
            if file.exists()
        ]
        publics = []
        for file in known:
            subject = str(file.relative_to(self._site.root))
            try:
                publics.append(load_public_key(file))
            except KeyMaterialError as error:
                yield Finding(subject, str(error), "bring it back from the brain's machine")
        for public in publics:
            owners[fingerprint(public)].add(door)
        own = self._site.door(door) / "door.key"
        if not own.exists():
            return
        try:
            key = load_private_key(own).public_key()
        except KeyMaterialError as error:
            yield Finding(f"doors/{door}/door.key", str(error), _rotate(self._site, door))
            return
        owners[fingerprint(key)].add(door)
        if key not in publics:
            yield Finding(
                f"doors/{door}/door.key", "the brain knows another key", _rotate(self._site, door)
            )
        else:
            yield Finding(f"doors/{door}/door.key", "the brain knows it")


def _rotate(site: Site, door: str) -> str:
    return f"doorctl door rotate {site.root} {door}"


def _next(found: x509.CertificateRevocationList) -> str:
    return f"good until {found.next_update_utc:%Y-%m-%d}"


def _until(certificate: x509.Certificate) -> str:
    return f"good until {certificate.not_valid_after_utc:%Y-%m-%d}"
