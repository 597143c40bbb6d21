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

# Small: all of it scales to zero, and can be thrown away.
run "small" {
  command = plan
  variables {
    staged = run.uploads.staged
  }
  assert {
    condition     = toset(keys(output.functions)) == toset(keys(run.uploads.functions))
    error_message = "A function of the catalogue is not planned."
  }
  assert {
    condition     = alltrue([for n, f in module.innkeep.settings : f.min_instances == 0 && f.max_instances <= 3])
    error_message = "A function does not scale to zero, or grows beyond what a trial needs."
  }
  assert {
    condition     = module.innkeep.size.processing_units == 100 && module.innkeep.protection.spanner == [false, false] && module.innkeep.protection.firestore == "DELETE_PROTECTION_DISABLED"
    error_message = "The database is larger than the smallest, or cannot be thrown away."
  }
}
