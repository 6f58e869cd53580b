// What node-zendesk sees of a Zendesk account, told as JSON. Run by `node`; `make judges` installs the client.
// The option that points it at another host is its own (section 9 of the reference).
const { createClient } = require("node-zendesk");

const [endpoint, token, organizations, tickets] = process.argv.slice(2);
const client = createClient({ endpointUri: `${endpoint}/api/v2`, token, oauth: true });

async function ended(id) {
  for (let turn = 0; turn < 20; turn += 1) {
    const { result } = await client.jobstatuses.show(id);
    const job = result.job_status || result;
    if (["completed", "failed"].includes(job.status)) return job;
  }
  throw new Error(`job ${id} does not end`);
}

async function refusal(call) {
  try {
    await call();
    return "nothing";
  } catch (error) {
    return `${error.message} ${JSON.stringify(error.result || "")}`;
  }
}

async function main() {
  const rows = organizations.split(",").map((id) => ({ id: Number(id), notes: "by node-zendesk" }));
  const many = await client.organizations.updateMany({ organizations: rows });
  const batch = await client.tickets.updateMany([], {
    tickets: tickets.split(",").map((id) => ({ id: Number(id), priority: "low" })),
  });
  console.log(
    JSON.stringify({
      listed: (await client.organizations.list()).map((row) => row.id),
      exported: (await client.organizations.incremental(1)).map((row) => row.id),
      fields: (await client.organizationfields.list()).map((row) => row.key),
      many: await ended((many.result.job_status || many.result).id),
      batch: await ended((batch.result.job_status || batch.result).id),
      missing: await refusal(() => client.tickets.show(999999)),
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
