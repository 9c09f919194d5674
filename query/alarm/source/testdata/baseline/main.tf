# Shaped as a baseline of an account whose alarms can be switched off one by one.
variable "account_type" {
  type        = string
  default     = "individual"
  description = "individual, master or member"

  validation {
    condition     = contains(["individual", "master", "member"], var.account_type)
    error_message = "Not a type of account."
  }
}

variable "trail_to_logs" {
  type    = bool
  default = true
}

variable "alarm_namespace" {
  type    = string
  default = "Baseline"
}

variable "switches" {
  type    = map(bool)
  default = { root = true, mfa = true, network = false }
}

variable "tags" {
  type     = map(string)
  default  = null
  nullable = true
}

locals {
  is_alone   = var.account_type == "individual"
  has_trail  = local.is_alone || var.account_type == "master"
  log_group  = local.has_trail && var.trail_to_logs ? module.trail[0].log_group.name : ""
  topic_name = "${lower(var.alarm_namespace)}-alarms"
}

module "trail" {
  count  = local.has_trail ? 1 : 0
  source = "./modules/trail"
  name   = "baseline"
}

module "alarms" {
  count  = local.has_trail && var.trail_to_logs ? 1 : 0
  source = "./modules/alarms"

  root_enabled    = try(var.switches.root, false)
  mfa_enabled     = lookup(var.switches, "mfa", false)
  network_enabled = var.switches["network"]
  vault_enabled   = can(var.switches.vault)
  namespace       = var.alarm_namespace
  log_group_name  = local.log_group
  topic_name      = local.topic_name
  tags            = var.tags

  depends_on = [module.trail]
}

output "alarm_topic" {
  value = one(module.alarms[*].topic)
}
