# The public door: everybody may come in, by TLS, and not by thousands from one address.

mock_provider "google" {}

variables {
  project_id          = "innkeep-test"
  region              = "europe-west1"
  labels              = { app = "innkeep" }
  service             = "edge"
  domains             = ["api.example.com"]
  requests_per_minute = 20000
  adaptive_protection = true
  log_sample_rate     = 1
}

run "door" {
  command = plan
  assert {
    condition     = google_cloud_run_v2_service_iam_member.public.member == "allUsers" && google_cloud_run_v2_service_iam_member.public.name == "edge"
    error_message = "The public cannot call the door, or can call something else."
  }
  assert {
    condition     = google_compute_ssl_policy.this.min_tls_version == "TLS_1_2" && google_compute_url_map.to_https.default_url_redirect[0].https_redirect
    error_message = "Somebody may come without TLS 1.2."
  }
  assert {
    condition     = length([for r in google_compute_security_policy.this.rule : r if r.action == "rate_based_ban"]) == 1 && length([for r in google_compute_security_policy.this.rule : r if r.priority == 2147483647]) == 1
    error_message = "One address may flood the door."
  }
  assert {
    condition     = google_compute_global_address.this.labels.app == "innkeep" && google_compute_global_forwarding_rule.https.labels.app == "innkeep"
    error_message = "Labels are missing."
  }
}

run "a_door_without_a_name" {
  command = plan
  variables {
    domains = []
  }
  expect_failures = [var.domains]
}

run "one_address_is_one_hotel_at_least" {
  command = plan
  variables {
    requests_per_minute = 100
  }
  expect_failures = [var.requests_per_minute]
}
