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

# As production, in one region.
run "as_production" {
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
    condition     = alltrue([for n, f in module.innkeep.settings : f.concurrency == run.uploads.functions[n].concurrency && f.memory == "${run.uploads.functions[n].memoryMiB}Mi"])
    error_message = "A function runs with something else than the catalogue says."
  }
}
