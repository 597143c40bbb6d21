# The way of an event from its commit to read models, caches, streams and webhooks.

locals {
  feed_alerts = {
    FeedLag = {
      severity = "page"
      summary  = "A consumer of the feed takes events more than 30 s after their commit."
      # Under load p99 is below 1 s (schemas/decisions/0015). A consumer that takes nothing at all has no
      # latency: its sweep is watched by ScheduleStalled, its messages by oldest-message.
      conditions = {
        latency = {
          query   = "histogram_quantile(0.99, sum by (le, \"innkeep.consumer\") (rate({\"innkeep.feed.latency_bucket\"}[5m]))) > 30"
          minutes = 5
        }
        # As ops/monitor measures it each minute; where nothing happens a shard moves once a minute.
        behind = { query = "max by (\"innkeep.consumer\") ({\"innkeep.feed.lag\"}) > 150", minutes = 5 }
        heads  = { query = "histogram_quantile(0.99, sum by (le) (rate({\"innkeep.cache.heads.lag_bucket\"}[5m]))) > 30", minutes = 5 }
        oldest-message = {
          query   = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource=\"pubsub_subscription\", subscription_id!~\".*-dead-letter\"}) > 120"
          minutes = 5
        }
      }
    }
    ParkedEvents = {
      severity = "ticket"
      summary  = "A consumer has set events aside that it cannot take, or given up deliveries."
      conditions = {
        events     = { query = "sum by (\"innkeep.consumer\") (increase({\"innkeep.feed.parked\"}[15m])) > 0", minutes = 0 }
        waiting    = { query = "max by (\"innkeep.consumer\") ({\"innkeep.feed.parked.waiting\"}) > 0", minutes = 60 }
        unreadable = { query = "sum(increase({\"innkeep.events.unreadable\"}[15m])) > 0", minutes = 0 }
      }
    }
    DeadLetters = {
      severity = "ticket"
      summary  = "Messages lie in a dead-letter subscription: a function has refused them again and again."
      conditions = {
        waiting = {
          query   = "max by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\", subscription_id=~\".+-dead-letter\"}) > 0"
          minutes = 5
        }
      }
    }
    PushFailures = {
      severity = "ticket"
      summary  = "Functions answer pushes with a defect, or refuse them for good."
      conditions = {
        defects = {
          query   = "sum by (\"innkeep.function\") (increase({\"innkeep.push.messages\", \"innkeep.outcome\"=~\"defect|refused|denied\"}[15m])) > 0"
          minutes = 0
        }
      }
    }
    WebhookFailures = {
      severity = "ticket"
      summary  = "Most webhooks are not taken by their receivers: it is rather we than they."
      conditions = {
        # One receiver that is down is his own matter, and shown to him; half of all is ours.
        share = {
          query   = "sum(rate({\"innkeep.webhooks.deliveries\", \"innkeep.outcome\"!~\"delivered|skipped\"}[30m])) / sum(rate({\"innkeep.webhooks.deliveries\"}[30m])) > 0.5"
          minutes = 30
        }
        parked = { query = "sum(increase({\"innkeep.webhooks.parked\"}[1h])) > 100", minutes = 0 }
      }
    }
  }
}
