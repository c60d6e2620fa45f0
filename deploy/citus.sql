-- Distributes the tables of Feiqian over a Citus cluster (docs/cluster.md). Run it once, on the coordinator, after the first
-- start made the tables and before there is data. Rows of one owner have one shard, so all of an owner's rows stay together.

SELECT create_distributed_table('payment', 'shard', shard_count => 64);
SELECT create_distributed_table('account', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('balance', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('voucher_block', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('account_page', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('ledger_merge_mark', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('voucher_reversal', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('parameter', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('batch', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('signed_head', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('task', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('idempotency', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('channel', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('merchant', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('store', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('contract', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('api_key', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('merchant_daily_volume', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('fee_rule', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('attempt', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('refund', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('event', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('delivery', 'shard', colocate_with => 'payment');
SELECT create_distributed_table('incident', 'shard', colocate_with => 'payment');

-- Small, and read by every node in every batch.
SELECT create_reference_table('reference_version');
SELECT create_reference_table('worker');
