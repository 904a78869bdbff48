"""Whom a server runs as when the hub is started by root: PostgreSQL refuses to run as root.

A system account is made once (`veza-postgres`; `nobody` where none can be made). It usually cannot
look into root's home, and widening the rights of folders that are not ours would be worse than the
problem, so there the server alone keeps the right to pass closed folders (CAP_DAC_OVERRIDE, given
by setpriv from util-linux).
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from msgspec import Struct

ACCOUNT = "veza-postgres"


class ServiceUser(Struct, frozen=True):
    """An account without a login."""

    uid: int
    gid: int

    def reaches(self, program: Path, folder: Path) -> bool:
        """True when this user may run `program` and enter `folder`."""
        for argv in ([str(program), "--version"], ["test", "-x", str(folder)]):
            try:
                done = subprocess.run(
                    argv,
                    user=self.uid,
                    group=self.gid,
                    extra_groups=[],
                    cwd="/",
                    capture_output=True,
                    check=False,
                )
            except PermissionError:
                return False
            if done.returncode != 0:
                return False
        return True

    def past_closed_folders(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """The command line that root runs so that `argv` runs as this user, closed folders or not.

        Raises:
            PermissionError: setpriv is not on this machine.
        """
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise PermissionError(
                f"started by root, and the account {ACCOUNT} may not enter the data folder or the"
                " Python environment: run the hub as an ordinary user, or put both where other"
                " users may enter"
            )
        return (
            setpriv,
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            # Without it access(2), by which initdb looks for its programs, forgets the capability.
            "--securebits=+no_setuid_fixup",
            "--bounding-set=-all,+dac_override",
            "--inh-caps=-all,+dac_override",
            "--ambient-caps=-all,+dac_override",
            "--",
            *argv,
        )


def service_user() -> ServiceUser | None:
    """The account for servers that must not be root; None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    entry = _lookup(ACCOUNT) or _make(ACCOUNT) or pwd.getpwnam("nobody")
    return ServiceUser(uid=entry.pw_uid, gid=entry.pw_gid)


def _lookup(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make(name: str) -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    options = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--user-group"]
    shell = ["--shell", "/usr/sbin/nologin"]
    subprocess.run([useradd, *options, *shell, name], capture_output=True, check=False)
    return _lookup(name)
