# What never reaches the function. The limit of an organisation is the function's own: this one is
# against floods from one address, and stands well above what a hotel behind one address needs.

resource "google_compute_security_policy" "this" {
  project     = var.project_id
  name        = "edge"
  description = "Floods and known attacks."
  type        = "CLOUD_ARMOR"

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = var.adaptive_protection
    }
  }

  dynamic "rule" {
    for_each = length(var.blocked_ranges) > 0 ? [1] : []
    content {
      priority    = 100
      action      = "deny(403)"
      description = "Addresses that an operator has shut out."
      match {
        versioned_expr = "SRC_IPS_V1"
        config { src_ip_ranges = var.blocked_ranges }
      }
    }
  }

  # Bodies are JSON and statements of banks, in which words of SQL may well stand: only what is sure
  # (sensitivity 1) is refused.
  dynamic "rule" {
    for_each = { 1000 = "sqli-v33-stable", 1010 = "lfi-v33-stable", 1020 = "rce-v33-stable", 1030 = "scannerdetection-v33-stable", 1040 = "protocolattack-v33-stable" }
    content {
      priority    = tonumber(rule.key)
      action      = "deny(403)"
      description = "Known attacks: ${rule.value}."
      match {
        expr { expression = "evaluatePreconfiguredWaf('${rule.value}', {'sensitivity': 1})" }
      }
    }
  }

  rule {
    priority    = 2000
    action      = "rate_based_ban"
    description = "One address, more requests a minute than the largest plan has for an organisation, many times over."
    match {
      versioned_expr = "SRC_IPS_V1"
      config { src_ip_ranges = ["*"] }
    }
    rate_limit_options {
      conform_action   = "allow"
      exceed_action    = "deny(429)"
      enforce_on_key   = "IP"
      ban_duration_sec = 60
      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
      ban_threshold {
        count        = var.requests_per_minute * 5
        interval_sec = 300
      }
    }
  }

  rule {
    priority    = 2147483647
    action      = "allow"
    description = "Everybody else."
    match {
      versioned_expr = "SRC_IPS_V1"
      config { src_ip_ranges = ["*"] }
    }
  }
}
