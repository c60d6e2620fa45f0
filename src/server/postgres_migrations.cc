// The migrations of the PostgreSQL protocol. What the tables are for stands beside their structs.
#include "server/migrations.h"

namespace feiqian::server {
namespace {

constexpr std::string_view kFirst = R"sql(
CREATE TABLE account (
  shard integer NOT NULL,
  id bigint NOT NULL,
  code bigint NOT NULL,
  owner bigint NOT NULL,
  currency text NOT NULL,
  opened_at bigint NOT NULL,
  state bigint NOT NULL,
  frozen_minor bigint NOT NULL,
  most_minor bigint NOT NULL,
  PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX account_by_key ON account (shard, code, owner, currency);

CREATE TABLE balance (
  shard integer NOT NULL,
  id bigint NOT NULL,
  debit_minor bigint NOT NULL,
  credit_minor bigint NOT NULL,
  entries bigint NOT NULL,
  held_minor bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);

CREATE TABLE voucher_block (
  shard integer NOT NULL,
  id bigint NOT NULL,
  batch bigint NOT NULL,
  vouchers bigint NOT NULL,
  accounting_date bigint NOT NULL,
  posted_at bigint NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (shard, id)
);

CREATE TABLE account_page (
  shard integer NOT NULL,
  id bigint NOT NULL,
  account bigint NOT NULL,
  chain bigint NOT NULL,
  entries bigint NOT NULL,
  first_number bigint NOT NULL,
  last_voucher bigint NOT NULL,
  first_posted_at bigint NOT NULL,
  last_posted_at bigint NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (shard, id)
);
CREATE INDEX account_page_by_account ON account_page (shard, account, id);

CREATE TABLE ledger_merge_mark (
  shard integer NOT NULL,
  id bigint NOT NULL,
  chain bigint NOT NULL,
  block bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);

CREATE TABLE voucher_reversal (
  shard integer NOT NULL,
  id bigint NOT NULL,
  reversed bigint NOT NULL,
  by bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX voucher_reversal_by_voucher ON voucher_reversal (shard, reversed);

CREATE TABLE parameter (
  shard integer NOT NULL,
  id bigint NOT NULL,
  name text NOT NULL,
  effective_from bigint NOT NULL,
  value bigint NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
);

CREATE TABLE batch (
  shard integer NOT NULL,
  id bigint NOT NULL,
  chain bigint NOT NULL,
  number bigint NOT NULL,
  committed_at bigint NOT NULL,
  commands bigint NOT NULL,
  vouchers bigint NOT NULL,
  root bytea NOT NULL,
  evidence bytea NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX batch_by_number ON batch (shard, chain, number);

CREATE TABLE signed_head (
  shard integer NOT NULL,
  id bigint NOT NULL,
  chain bigint NOT NULL,
  batch bigint NOT NULL,
  root bytea NOT NULL,
  peaks bytea NOT NULL,
  signed_at bigint NOT NULL,
  key text NOT NULL,
  signature bytea NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX signed_head_by_batch ON signed_head (shard, chain, batch);

CREATE TABLE worker (
  shard integer NOT NULL,
  id bigint NOT NULL,
  node text NOT NULL,
  epoch bigint NOT NULL,
  lease_until bigint NOT NULL,
  head_number bigint NOT NULL,
  head_hash bytea NOT NULL,
  head_id bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);

CREATE TABLE reference_version (
  shard integer NOT NULL,
  id bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);

CREATE TABLE task (
  shard integer NOT NULL,
  id bigint NOT NULL,
  kind text NOT NULL,
  subject bigint NOT NULL,
  lane bigint NOT NULL,
  chain bigint NOT NULL,
  due_at bigint NOT NULL,
  tries bigint NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);

CREATE TABLE idempotency (
  shard integer NOT NULL,
  id bigint NOT NULL,
  scope bigint NOT NULL,
  idempotency_key text NOT NULL,
  request_hash bytea NOT NULL,
  status bigint NOT NULL,
  body text NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX idempotency_by_key ON idempotency (shard, scope, idempotency_key);

CREATE TABLE channel (
  shard integer NOT NULL,
  id bigint NOT NULL,
  code text NOT NULL,
  enabled bigint NOT NULL,
  returns_cost bigint NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX channel_by_code ON channel (shard, code);

CREATE TABLE merchant (
  shard integer NOT NULL,
  id bigint NOT NULL,
  name text NOT NULL,
  status bigint NOT NULL,
  notify_url text NOT NULL,
  webhook_secret bytea NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
);

CREATE TABLE store (
  shard integer NOT NULL,
  id bigint NOT NULL,
  merchant bigint NOT NULL,
  name text NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
);

CREATE TABLE contract (
  shard integer NOT NULL,
  id bigint NOT NULL,
  merchant bigint NOT NULL,
  currency text NOT NULL,
  methods text NOT NULL,
  least_minor bigint NOT NULL,
  most_minor bigint NOT NULL,
  most_daily_minor bigint NOT NULL,
  returns_fee bigint NOT NULL,
  late_success bigint NOT NULL,
  effective_from bigint NOT NULL,
  effective_to bigint,
  created_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
);
CREATE INDEX contract_by_merchant ON contract (shard, merchant, id);

CREATE TABLE api_key (
  shard integer NOT NULL,
  id bigint NOT NULL,
  merchant bigint NOT NULL,
  algorithm text NOT NULL,
  public_key text NOT NULL,
  sealed_secret bytea NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint,
  PRIMARY KEY (shard, id)
);
CREATE INDEX api_key_by_merchant ON api_key (shard, merchant, id);

CREATE TABLE merchant_daily_volume (
  shard integer NOT NULL,
  id bigint NOT NULL,
  merchant bigint NOT NULL,
  day bigint NOT NULL,
  currency text NOT NULL,
  paid_minor bigint NOT NULL,
  paid_count bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX merchant_daily_volume_by_day ON merchant_daily_volume (shard, merchant, day, currency);

CREATE TABLE fee_rule (
  shard integer NOT NULL,
  id bigint NOT NULL,
  price_list bigint NOT NULL,
  method text NOT NULL,
  card_type bigint NOT NULL,
  rate_ppm bigint NOT NULL,
  least_minor bigint NOT NULL,
  most_minor bigint,
  effective_from bigint NOT NULL,
  effective_to bigint,
  created_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
);
CREATE INDEX fee_rule_by_list ON fee_rule (shard, price_list, id);

CREATE TABLE payment (
  shard integer NOT NULL,
  id bigint NOT NULL,
  merchant bigint NOT NULL,
  merchant_order_no text NOT NULL,
  store bigint,
  state bigint NOT NULL,
  mode bigint NOT NULL,
  method text NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  subject text NOT NULL,
  goods text NOT NULL,
  metadata text NOT NULL,
  return_url text NOT NULL,
  notify_url text NOT NULL,
  refunded_minor bigint NOT NULL,
  refunding_minor bigint NOT NULL,
  fee_minor bigint NOT NULL,
  fee_tax_minor bigint NOT NULL,
  fee_returned_minor bigint NOT NULL,
  cost_minor bigint NOT NULL,
  cost_returned_minor bigint NOT NULL,
  fee_rule bigint NOT NULL,
  close_reason bigint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  paid_at bigint,
  closed_at bigint,
  paid_attempt bigint NOT NULL,
  expire_task bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE INDEX payment_by_merchant ON payment (shard, merchant, id);
CREATE UNIQUE INDEX payment_by_order_no ON payment (shard, merchant, merchant_order_no);

CREATE TABLE attempt (
  shard integer NOT NULL,
  id bigint NOT NULL,
  payment bigint NOT NULL,
  channel bigint NOT NULL,
  method text NOT NULL,
  scene bigint NOT NULL,
  state bigint NOT NULL,
  auth_code text NOT NULL,
  payer text NOT NULL,
  qr_code text NOT NULL,
  pay_parameters text NOT NULL,
  channel_trade_no text NOT NULL,
  error_code text NOT NULL,
  error_message text NOT NULL,
  task bigint NOT NULL,
  task_kind text NOT NULL,
  created_at bigint NOT NULL,
  ended_at bigint,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE INDEX attempt_by_payment ON attempt (shard, payment, id);

CREATE TABLE refund (
  shard integer NOT NULL,
  id bigint NOT NULL,
  merchant bigint NOT NULL,
  merchant_refund_no text NOT NULL,
  payment bigint NOT NULL,
  attempt bigint NOT NULL,
  kind bigint NOT NULL,
  state bigint NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  reason text NOT NULL,
  fee_returned_minor bigint NOT NULL,
  fee_tax_returned_minor bigint NOT NULL,
  fee_swept bigint NOT NULL,
  fee_voucher bigint NOT NULL,
  error_code text NOT NULL,
  error_message text NOT NULL,
  task bigint NOT NULL,
  task_kind text NOT NULL,
  created_at bigint NOT NULL,
  ended_at bigint,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE INDEX refund_by_payment ON refund (shard, payment, id);
CREATE INDEX refund_by_merchant ON refund (shard, merchant, id);
CREATE UNIQUE INDEX refund_by_no ON refund (shard, merchant, merchant_refund_no);

CREATE TABLE event (
  shard integer NOT NULL,
  id bigint NOT NULL,
  merchant bigint NOT NULL,
  payment bigint NOT NULL,
  type text NOT NULL,
  url text NOT NULL,
  body text NOT NULL,
  state bigint NOT NULL,
  tries bigint NOT NULL,
  created_at bigint NOT NULL,
  next_try_at bigint,
  task bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE INDEX event_by_merchant ON event (shard, merchant, id);

CREATE TABLE delivery (
  shard integer NOT NULL,
  id bigint NOT NULL,
  event bigint NOT NULL,
  at bigint NOT NULL,
  status bigint,
  error text NOT NULL,
  duration_ms bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE INDEX delivery_by_event ON delivery (shard, event, id);

CREATE TABLE incident (
  shard integer NOT NULL,
  id bigint NOT NULL,
  kind text NOT NULL,
  subject bigint NOT NULL,
  detail text NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE INDEX incident_by_words ON incident (shard, subject, detail, id);

CREATE TABLE hold (
  shard integer NOT NULL,
  id bigint NOT NULL,
  account bigint NOT NULL,
  subject bigint NOT NULL,
  state bigint NOT NULL,
  amount_minor bigint NOT NULL,
  captured_minor bigint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  ended_at bigint,
  task bigint NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 60);
CREATE INDEX hold_by_account ON hold (shard, account, id);
)sql";

/// Totals at the end of each day; clients of the ledger alone.
constexpr std::string_view kLedgerAlone = R"sql(
CREATE TABLE ledger_day_total (
  shard integer NOT NULL,
  id bigint NOT NULL,
  day bigint NOT NULL,
  code bigint NOT NULL,
  currency text NOT NULL,
  debit_minor bigint NOT NULL,
  credit_minor bigint NOT NULL,
  PRIMARY KEY (shard, id)
);

CREATE TABLE ledger_client (
  shard integer NOT NULL,
  id bigint NOT NULL,
  name text NOT NULL,
  algorithm text NOT NULL,
  public_key text NOT NULL,
  codes text NOT NULL,
  owner bigint NOT NULL,
  created_at bigint NOT NULL,
  revoked_at bigint,
  PRIMARY KEY (shard, id)
);
)sql";

/// Years whose vouchers are in files of their own.
constexpr std::string_view kLedgerArchives = R"sql(
CREATE TABLE ledger_archive (
  shard integer NOT NULL,
  id bigint NOT NULL,
  through bigint NOT NULL,
  blocks bigint NOT NULL,
  vouchers bigint NOT NULL,
  digest bytea NOT NULL,
  written_at bigint NOT NULL,
  PRIMARY KEY (shard, id)
);
)sql";

}  // namespace

std::span<const store::Migration> released_postgres_migrations() {
  static const store::Migration kAll[] = {{1, "first", kFirst},
                                          {2, "the ledger alone", kLedgerAlone, store::Phase::Expand, 1},
                                          {3, "archives of the ledger", kLedgerArchives, store::Phase::Expand, 1}};
  return kAll;
}

}  // namespace feiqian::server
