-- Questions to the records of a fleet, for DuckDB. Run it where the collector writes: cd /var/log/pip && duckdb -f queries.sql

CREATE VIEW records AS
SELECT * FROM read_json('*/*.jsonl', format = 'newline_delimited', columns = {
    event: 'VARCHAR', phase: 'INTEGER', id: 'VARCHAR', time: 'TIMESTAMP', verdict: 'VARCHAR', result: 'VARCHAR', reason: 'VARCHAR',
    rules: 'STRUCT(name VARCHAR, action VARCHAR, waived_by VARCHAR)[]',
    request: 'STRUCT(origin STRUCT(kind VARCHAR), requirements VARCHAR[])',
    environment: 'STRUCT(kind VARCHAR, user_site VARCHAR)',
    policy: 'STRUCT(profile VARCHAR, locked BOOLEAN)',
    account: 'STRUCT(uid BIGINT, name VARCHAR)',
    agent: 'VARCHAR', host: 'VARCHAR', userctl: 'VARCHAR',
    distributions: 'STRUCT(name VARCHAR, version VARCHAR, location VARCHAR)[]'});

-- One row an install: the last decision, because a second one replaces the first, with how it ended.
CREATE VIEW installs AS
SELECT decision.* EXCLUDE (event, phase, result, distributions), decision.account.name AS account_name,
    outcome.result, outcome.distributions
FROM records AS decision LEFT JOIN records AS outcome ON outcome.id = decision.id AND outcome.event = 'outcome'
WHERE decision.event = 'decision'
QUALIFY row_number() OVER (PARTITION BY decision.id ORDER BY decision.phase DESC) = 1;

-- One row a rule of an install.
CREATE VIEW applied AS SELECT * EXCLUDE rules, unnest(rules, recursive := true) FROM installs;

-- refusals: which rules refuse, month by month
SELECT strftime(time, '%Y-%m') AS month, name AS rule, count(*) AS refusals
FROM applied WHERE verdict = 'refuse' AND action = 'refuse' AND waived_by IS NULL
GROUP BY ALL ORDER BY month, refusals DESC, rule;

-- fallbacks: whose packages land in a home although nobody asked for it
SELECT host, account_name, count(*) AS installs
FROM installs WHERE request.origin.kind = 'fallback' AND result = 'installed'
GROUP BY ALL ORDER BY installs DESC, host, account_name LIMIT 10;

-- old policies: hosts whose last install was judged without the lock, or not by the newest pip-userctl
SELECT host, max(time) AS last_install, arg_max(policy.locked, time) AS locked, arg_max(userctl, time) AS userctl
FROM installs GROUP BY host
HAVING NOT locked
    OR userctl <> (SELECT arg_max(userctl, regexp_extract_all(userctl, '\d+')::INTEGER[]) FROM installs)
ORDER BY host;

-- agents: what coding agents do, and how much of it is refused
SELECT agent, count(*) AS installs, count(*) FILTER (verdict = 'refuse') AS refused, count(DISTINCT host) AS hosts
FROM installs WHERE agent IS NOT NULL
GROUP BY agent ORDER BY installs DESC, agent;

-- waived: refusals that did not stop pip, by what waived them and with the reason that was given
SELECT waived_by, name AS rule, reason, count(*) AS installs
FROM applied WHERE waived_by IS NOT NULL
GROUP BY ALL ORDER BY installs DESC, waived_by, rule, reason;

-- in homes: what is most often installed into user sites
SELECT distribution.name AS package, count(DISTINCT account_name || '@' || host) AS homes
FROM (SELECT *, unnest(distributions) AS distribution FROM installs WHERE result = 'installed')
WHERE distribution.location = environment.user_site
GROUP BY package ORDER BY homes DESC, package LIMIT 10;

-- would be refused: who would notice base-typed = refuse, by the last 90 days
SELECT account_name, count(*) AS installs, max(time) AS last_install
FROM applied
WHERE name = 'base-typed' AND action <> 'refuse' AND result IN ('installed', 'unchanged')
    AND time > (SELECT max(time) FROM installs) - INTERVAL 90 DAYS
GROUP BY account_name ORDER BY installs DESC, account_name;
