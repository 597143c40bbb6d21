mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project_id = "innkeep-test"
  domains    = ["api.example.com"]
  oidc       = { issuer = "https://issuer.example", audience = "innkeep" }
  alerts     = { page_emails = ["page@example.com"], ticket_emails = ["ticket@example.com"] }
  budget     = { billing_account = "0A0A0A-0B0B0B-0C0C0C", currency = "EUR", units = 100 }
}

run "uploads" {
  command = plan
  module {
    source = "../../modules/innkeep/tests/uploads"
  }
}

# Protected, in several regions, at its full size.
run "production" {
  command = plan
  variables {
    staged = run.uploads.staged
  }
  assert {
    condition     = toset(keys(output.functions)) == toset(keys(run.uploads.functions))
    error_message = "A function of the catalogue is not planned."
  }
  assert {
    condition     = alltrue(module.innkeep.protection.spanner) && module.innkeep.protection.firestore == "DELETE_PROTECTION_ENABLED"
    error_message = "A database can be deleted."
  }
  assert {
    condition     = !startswith(module.innkeep.size.config, "regional-") && module.innkeep.size.retention == "3024000s"
    error_message = "The database stands in one region, or its backups are not kept for 35 days."
  }
  assert {
    condition     = alltrue([for n, f in module.innkeep.settings : f.max_instances == run.uploads.functions[n].maxInstances && f.min_instances == run.uploads.functions[n].minInstances])
    error_message = "A function has other instances than the catalogue says."
  }
  # What reads the books and takes no posts has the way to the replicas; status and the jobs of ops look at
  # what stands now.
  assert {
    condition = alltrue([for n, f in module.innkeep.settings : try(f.environment.INNKEEP_READ_ROUTES, "") == (
      contains(["finance", "gateway", "ops"], dirname(run.uploads.functions[n].package)) || run.uploads.functions[n].priority == "post" ? "" :
    jsonencode([{ name = "netherlands", location = "europe-west4", type = "READ_WRITE", weight = 1 }]))])
    error_message = "A function that reads the past is not led to the replicas, or one that posts is."
  }
  assert {
    condition     = length(module.innkeep.alerts) > 20 && alltrue([for n, r in module.innkeep.alerts : fileexists("../../runbooks/${r}.md")])
    error_message = "An alert has no runbook."
  }
}

run "nobody_is_paged" {
  command = plan
  variables {
    alerts = { ticket_emails = ["ticket@example.com"] }
  }
  expect_failures = [var.alerts]
}
