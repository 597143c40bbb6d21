# The plan has what functions/catalogue.yaml says, and no more.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project_id  = "innkeep-test"
  environment = "test"
  region      = "europe-west1"
  labels      = { cost-centre = "hotels" }
  oidc        = { issuer = "https://issuer.example", audience = "innkeep" }
  alerts      = { page_emails = ["page@example.com"], ticket_emails = ["ticket@example.com"] }
  spanner     = { config = "regional-europe-west1", edition = "STANDARD", backup_days = 7 }

  firestore_location  = "europe-west1"
  message_regions     = ["europe-west1"]
  protected           = false
  audit_data_access   = false
  most_instances      = 1000
  most_warm_instances = 1000
}

run "uploads" {
  command = plan
  module {
    source = "./tests/uploads"
  }
}

# A new project: databases, topics, no functions.
run "before_the_first_upload" {
  command = plan
  assert {
    condition     = length(module.function) == 0 && length(module.push) == 0 && length(module.schedule) == 0
    error_message = "Without uploads there are functions."
  }
  assert {
    condition     = toset(keys(module.topic)) == toset(keys(local.topics)) && length(module.topic) > 0
    error_message = "Without uploads topics are missing."
  }
}

run "an_upload_is_missing" {
  command = plan
  variables {
    staged = { revenues = { object = "revenues-${sha256("x")}.zip", sha256 = sha256("x") } }
  }
  expect_failures = [var.staged]
}

run "everything" {
  command = plan
  variables {
    staged = run.uploads.staged
    edge   = { domains = ["api.example.com"] }
  }

  assert {
    condition     = toset(keys(module.function)) == toset(keys(run.uploads.functions))
    error_message = "A function of the catalogue is not planned, or one is that is not in it."
  }
  assert {
    condition = alltrue([for n, f in run.uploads.functions :
      module.function[n].settings.concurrency == f.concurrency &&
      module.function[n].settings.min_instances == f.minInstances &&
      module.function[n].settings.max_instances == f.maxInstances &&
      module.function[n].settings.memory == "${f.memoryMiB}Mi" &&
      module.function[n].settings.cpu == tostring(f.cpu) &&
      module.function[n].settings.entry_point == f.entryPoint &&
      module.function[n].settings.timeout_seconds > f.timeoutSeconds - (f.timeoutSeconds == 3600 ? 1 : 0) &&
      module.function[n].settings.object == run.uploads.staged[n].object
    ])
    error_message = "A function runs with something else than the catalogue says."
  }
  assert {
    condition = alltrue([for n, f in run.uploads.functions :
      module.function[n].settings.labels.app == "innkeep" && module.function[n].settings.labels.environment == "test" &&
      module.function[n].settings.labels.function == n && module.function[n].settings.labels.cost-centre == "hotels"
    ])
    error_message = "A function lacks labels."
  }
  # Its own role and no other function's: the condition ends with a slash and the whole name.
  assert {
    condition = alltrue([for n, f in run.uploads.functions :
      endswith(module.function[n].settings.role_condition, "resource.name.endsWith(\"/fn_${replace(n, "-", "_")}\")")
    ])
    error_message = "A function may enter the database by another role than its own."
  }
  assert {
    condition = alltrue([for n, f in run.uploads.functions :
      module.function[n].settings.ingress == (f.trigger != "http" ? "ALLOW_INTERNAL_ONLY" : try(f.public, false) ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL")
    ])
    error_message = "A function can be called from where it must not."
  }
  # Private functions are called by the public one, pushed ones by their own caller, the public one by
  # nobody but the load balancer's callers.
  assert {
    condition = alltrue([for n, f in run.uploads.functions :
      join(",", keys(module.function[n].settings.invokers)) == (f.trigger != "http" ? "caller" : try(f.public, false) ? "" : join(",", sort(local.public)))
    ])
    error_message = "A function has other callers than its trigger says."
  }
  assert {
    condition     = toset(keys(module.push)) == toset([for n, f in run.uploads.functions : n if f.trigger == "pubsub"])
    error_message = "A pubsub function has no subscription, or another one has."
  }
  assert {
    condition = alltrue([for n, p in module.push :
      p.subscription == n && p.dead_letter_subscription == "${n}-dead-letter" &&
      p.settings.attempts == run.uploads.functions[n].subscription.maxDeliveryAttempts &&
      p.settings.ordered == run.uploads.functions[n].subscription.ordered &&
      p.settings.ack_deadline == run.uploads.functions[n].subscription.ackDeadlineSeconds &&
      p.settings.min_backoff == "${run.uploads.functions[n].subscription.minBackoffMillis / 1000}s" &&
      p.settings.max_backoff == "${run.uploads.functions[n].subscription.maxBackoffSeconds}s" &&
      p.settings.endpoint == "https://${n}-123456789012.europe-west1.run.app" && p.settings.audience == p.settings.endpoint
    ])
    error_message = "A subscription lacks dead letter, retry or token, or has others than the catalogue says."
  }
  assert {
    condition     = { for n, s in module.schedule : n => s.settings.schedule } == { for n, f in run.uploads.functions : n => f.schedule if try(f.schedule, "") != "" }
    error_message = "The jobs are not the catalogue's schedules."
  }
  assert {
    condition     = alltrue([for n, s in module.schedule : s.settings.body == "{\"sweep\":true}" && s.settings.audience == "https://${n}-123456789012.europe-west1.run.app"])
    error_message = "A job calls with another body or token than the function takes."
  }
  assert {
    condition     = alltrue([for n, t in module.topic : toset(t.publishers) == toset([for f in run.uploads.functions : f.name if contains(try(f.publishes, []), n)])])
    error_message = "Others may publish to a topic than the catalogue says."
  }
  assert {
    condition = alltrue([for n, f in run.uploads.functions :
      join(",", module.function[n].settings.firestore) == (try(f.firestore, "none") == "write" ? "roles/datastore.user" : try(f.firestore, "none") == "read" ? "roles/datastore.viewer" : "")
    ])
    error_message = "A function may do more or less in Firestore than the catalogue says."
  }
  assert {
    condition     = alltrue([for n, f in module.function : !can(f.settings.environment.INNKEEP_READ_ROUTES)])
    error_message = "Without replicas a function is led to some."
  }
  assert {
    condition = (
      join(" ", module.firestore.exempt) == join(" ", sort(flatten([for c, v in local.collections : [for f in concat(v.fields, compact([try(v.expires, "")])) : "${c}.${f}"]]))) &&
      join(" ", module.firestore.expiring) == "cache_entries.expireAt limits.expireAt"
    )
    error_message = "A field of Firestore has an index, or documents do not expire by theirs."
  }
  assert {
    condition     = toset(keys(module.edge)) == toset(local.public)
    error_message = "There is a load balancer where nothing is public, or none where something is."
  }
  assert {
    condition     = length(distinct(values(local.database_roles))) == length(local.functions)
    error_message = "Two functions share a database role."
  }
}

run "alerts" {
  command = plan
  variables {
    staged = run.uploads.staged
    edge   = { domains = ["api.example.com"] }
  }
  assert {
    condition     = length([for n, f in run.uploads.functions : n if try(f.schedule, "") != "" && !contains(keys(module.alerting.policies), "ScheduleStalled: ${n}")]) == 0
    error_message = "A scheduled job has no alert for its progress."
  }
  assert {
    condition     = alltrue([for n, p in module.alerting.policies : strcontains(p.page, "# ${module.alerting.alerts[n]}\n") && length(p.page) < 8192])
    error_message = "An alert does not carry its runbook, or more than Cloud Monitoring takes."
  }
  assert {
    condition     = alltrue([for n, p in module.alerting.policies : p.labels.app == "innkeep" && length(p.queries) > 0])
    error_message = "An alert lacks labels or conditions."
  }
  # The owner's numbers, as they end in the queries.
  assert {
    condition = (
      strcontains(module.alerting.policies["SloBurn"].queries.fast, "[60m]") && strcontains(module.alerting.policies["SloBurn"].queries.fast, "[5m]") &&
      strcontains(module.alerting.policies["SloBurn"].queries.fast, ">= 0.0144 ") && strcontains(module.alerting.policies["SloBurn"].queries.fast, "le=\"0.5\"") &&
      strcontains(module.alerting.policies["SloBurn"].queries.slow, "[360m]") && strcontains(module.alerting.policies["SloBurn"].queries.slow, ">= 0.0060 ") &&
      strcontains(module.alerting.policies["SloCreep"].queries.creep, "[4320m]") && strcontains(module.alerting.policies["SloCreep"].queries.creep, ">= 0.0010 ") &&
      strcontains(module.alerting.policies["ErrorRate"].queries.of-all, "> 0.005") &&
      strcontains(module.alerting.policies["SpannerCpu"].queries.high-priority, "> 0.65") &&
      strcontains(module.alerting.policies["CacheHitRate"].queries.share, "< 0.85")
    )
    error_message = "An alert's numbers are not the owner's."
  }
  assert {
    condition     = strcontains(module.alerting.policies["ScheduleStalled: correct"].queries.no-progress, "[600s]")
    error_message = "The sweep of each minute is not looked for within ten."
  }
}

run "replicas_that_nobody_reads" {
  command = plan
  variables {
    spanner = {
      config        = "regional-europe-west1", edition = "ENTERPRISE", backup_days = 7, read_only_locations = ["europe-west4"]
      base_replicas = [{ location = "europe-west1", type = "READ_WRITE", leader = true }]
    }
    read_routes = [{ name = "any", type = "READ_ONLY" }]
  }
  expect_failures = [var.read_routes]
}

run "a_route_to_nowhere" {
  command = plan
  variables {
    read_routes = [{ name = "west" }]
  }
  expect_failures = [var.read_routes]
}

run "a_region_is_misspelt" {
  command = plan
  variables {
    region = "Belgium"
  }
  expect_failures = [var.region]
}
