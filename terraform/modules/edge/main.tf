# The one public door: an address, TLS with a certificate that renews itself, rules against floods,
# and behind them the public function. It is the only place where everybody is granted anything.

resource "google_cloud_run_v2_service_iam_member" "public" {
  project  = var.project_id
  location = var.region
  name     = var.service
  role     = "roles/run.invoker"
  # Whoever comes by the load balancer; the function itself asks for the caller's token.
  member = "allUsers"
}

resource "google_compute_region_network_endpoint_group" "this" {
  project               = var.project_id
  region                = var.region
  name                  = "edge"
  description           = "The function ${var.service}."
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = var.service
  }
}

resource "google_compute_backend_service" "this" {
  project               = var.project_id
  name                  = "edge"
  description           = "The public door."
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.this.id
  backend {
    group = google_compute_region_network_endpoint_group.this.id
  }
  log_config {
    enable      = true
    sample_rate = var.log_sample_rate
  }
}

resource "google_compute_url_map" "this" {
  project         = var.project_id
  name            = "edge"
  default_service = google_compute_backend_service.this.id
}

resource "google_compute_url_map" "to_https" {
  project = var.project_id
  name    = "edge-to-https"
  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }
}

# The name changes with the domains, so that the new certificate stands before the old one goes.
resource "google_compute_managed_ssl_certificate" "this" {
  project = var.project_id
  name    = "edge-${substr(sha256(join(",", var.domains)), 0, 8)}"
  managed {
    domains = var.domains
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_ssl_policy" "this" {
  project         = var.project_id
  name            = "edge"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "this" {
  project          = var.project_id
  name             = "edge"
  url_map          = google_compute_url_map.this.id
  ssl_certificates = [google_compute_managed_ssl_certificate.this.id]
  ssl_policy       = google_compute_ssl_policy.this.id
}

resource "google_compute_target_http_proxy" "to_https" {
  project = var.project_id
  name    = "edge-to-https"
  url_map = google_compute_url_map.to_https.id
}

resource "google_compute_global_address" "this" {
  project = var.project_id
  name    = "edge"
  labels  = var.labels
}

resource "google_compute_global_forwarding_rule" "https" {
  project               = var.project_id
  name                  = "edge-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.this.id
  labels                = var.labels
}

resource "google_compute_global_forwarding_rule" "http" {
  project               = var.project_id
  name                  = "edge-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.to_https.id
  labels                = var.labels
}
