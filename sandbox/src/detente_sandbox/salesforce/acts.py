"""What only this vendor has, for tests: merges, purges, hidden objects, locks, late commits and troubles."""

from collections.abc import Callable, Mapping

from detente_sandbox.salesforce.desk import told
from detente_sandbox.salesforce.facts import RowError
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.rows import Row
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.writing import create, merge, purge, update
from detente_sandbox.vendor import Json, RefusedError

FATES = ("Failed", "Stuck")


class Acts:
    """The verbs of `POST /_sandbox/act/<verb>` over one org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def table(self) -> Mapping[str, Callable[[Json], Json]]:
        """All verbs by name."""
        return {
            "merge": self.merge,
            "purge": self.purge,
            "undelete": self.undelete,
            "late_commit": self.late_commit,
            "hide_type": self.hide_type,
            "lock": self.lock,
            "refuse_rows": self.refuse_rows,
            "use_calls": self.use_calls,
            "refuse_calls": self.refuse_calls,
            "expire_sessions": self.expire_sessions,
            "expire_locators": self.expire_locators,
            "slow_queries": self.slow_queries,
            "shrink_pages": self.shrink_pages,
            "job_fate": self.job_fate,
        }

    def merge(self, body: Json) -> Json:
        """`{"type", "master", "loser"}`: the loser goes to the bin, and what hung on it to the master."""
        of, master, loser = self._type(body), self._id(body["master"]), self._id(body["loser"])
        told(lambda: merge(self._org, of, master, loser, self._org.person(), self._org.now))
        return {"id": master, "merged": loser}

    def purge(self, body: Json) -> Json:
        """`{"type", "id"}`: gone without a trace, as after a hard delete."""
        of, record_id = self._type(body), self._id(body["id"])
        told(lambda: purge(self._org, of, record_id))
        return {"id": record_id, "purged": True}

    def undelete(self, body: Json) -> Json:
        """`{"type", "id"}`: out of the bin again."""
        of, record_id = self._type(body), self._id(body["id"])
        row = self._org.store(of).rows.get(record_id)
        if row is None or not row.is_deleted:
            raise RefusedError(404, f"no {of.name} {record_id} in the recycle bin")
        now = self._org.now
        self._org.store(of).put(row._replace(stamp=now, modified=now, is_deleted=False, master=None))
        return {"id": record_id, "deleted": False}

    def late_commit(self, body: Json) -> Json:
        """`{"type", "values", "age_s"}`, with `id` for a change: committed now under an older stamp."""
        of, org, values = self._type(body), self._org, dict(body["values"])
        stamp = instant_of(org.clock.now_ms - round(float(body["age_s"]) * 1000))

        def write() -> Row:
            if "id" in body:
                return update(org, of, self._id(body["id"]), values, org.person(), org.now, stamp)
            return create(org, of, values, org.person(), stamp)

        return {"id": told(write).id, "SystemModstamp": stamp}

    def hide_type(self, body: Json) -> Json:
        """`{"type", "hidden"}`: an object whose feature is switched off."""
        name = str(body["type"])
        if name not in self._org.types:
            raise RefusedError(404, f"no object type {name!r}")
        (self._org.off.add if body.get("hidden", True) else self._org.off.discard)(name)
        return {"hidden": sorted(self._org.off)}

    def lock(self, body: Json) -> Json:
        """`{"ids", "tries"}`: so many writes of each record fail with UNABLE_TO_LOCK_ROW."""
        locked = self._org.trouble.locked
        locked.update(dict.fromkeys(map(self._id, body["ids"]), int(body["tries"])))
        return {"locked": {known: left for known, left in locked.items() if left > 0}}

    def refuse_rows(self, body: Json) -> Json:
        """`{"ids", "code", "message"}`: a rule of the org refuses apps' writes; without a code no more.

        DUPLICATES_DETECTED lets those through whose header has `allowSave=true`.
        """
        refused = self._org.trouble.refused
        for record_id in map(self._id, body["ids"]):
            refused.pop(record_id, None)
            if body.get("code"):
                refused[record_id] = RowError(str(body["code"]), str(body.get("message", "")))
        return {"refused": {known: error.status_code for known, error in refused.items()}}

    def use_calls(self, body: Json) -> Json:
        """`{"calls"}`: other apps of the firm used up so much of the quota."""
        self._org.limits.use(int(body["calls"]), self._org.clock.now_ms)
        return {"used": self._org.limits.used(self._org.clock.now_ms)}

    def refuse_calls(self, body: Json) -> Json:
        """`{"times"}`: the next calls are refused because too many long ones run at once."""
        self._org.trouble.refused_calls = int(body["times"])
        return {"times": self._org.trouble.refused_calls}

    def expire_sessions(self, body: Json) -> Json:
        """`{}` or `{"app"}`: access tokens that were given out end now."""
        names = [str(body["app"])] if "app" in body else list(self._org.apps)
        for name in names:
            self._org.sessions.close(name)
        return {"expired": names}

    def expire_locators(self, body: Json) -> Json:
        """`{}`: query locators that were given out end now."""
        self._org.cursors.clear()
        return {}

    def slow_queries(self, body: Json) -> Json:
        """`{"over": rows or null}`: queries that find more end with QUERY_TIMEOUT."""
        over = body["over"]
        self._org.trouble.slow_queries_over = None if over is None else int(over)
        return {"over": self._org.trouble.slow_queries_over}

    def shrink_pages(self, body: Json) -> Json:
        """`{"on"}`: pages of queries hold fewer records than asked for, ever other numbers of them."""
        self._org.trouble.shrinks_pages = bool(body["on"])
        return {"on": self._org.trouble.shrinks_pages}

    def job_fate(self, body: Json) -> Json:
        """`{"fate": "Failed" or "Stuck", "after_batches"}`: what becomes of the next bulk job."""
        fate = str(body["fate"])
        if fate not in FATES:
            raise ValueError(f"fate must be one of {FATES}")
        self._org.trouble.job_fates.append((fate, int(body.get("after_batches", 0))))
        return {"fates": self._org.trouble.job_fates}

    def _type(self, body: Json) -> ObjectType:
        found = self._org.type_of(str(body["type"]))
        if found is None:
            raise RefusedError(404, f"no object type {body['type']!r}")
        return found

    def _id(self, text: object) -> str:
        found = full_id(str(text))
        if found is None:
            raise ValueError(f"{text!r} is no record id")
        return found
