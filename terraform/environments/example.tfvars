# The values that every installation has of its own; copy to <environment>/terraform.tfvars.

project_id = "example-innkeep-dev"
oidc = {
  issuer   = "https://login.example.com"
  audience = "innkeep"
}
operator_org = "example-operators"
domains      = ["api.example.com"]
origins      = ["https://desk.example.com"]
alerts = {
  page_emails   = ["on-call@example.com"]
  ticket_emails = ["innkeep@example.com"]
}
budget = {
  billing_account = "0A0A0A-0B0B0B-0C0C0C"
  currency        = "EUR"
  units           = 500
}
