package main

import (
	"fmt"
	"strings"
)

// A principal is somebody who makes calls.
type principal struct {
	identity []part // userIdentity
	arn      string // as denials name it
	ip       string
	agent    string
	service  bool   // a service of AWS itself
	console  bool   // sits at a browser
	habits   [4]int // what it does mostly: indexes into maker.calls
}

const principalsPerAccount = 2000

// accounts are the example accounts of AWS's documentation.
var accounts = [...]string{"111122223333", "444455556666", "123456789012", "777788889999"}

var regions = [...]string{"us-east-1", "us-east-1", "us-east-1", "eu-west-1", "eu-west-1", "us-west-2", "eu-central-1", "ap-southeast-2"}

var words = [...]string{
	"billing", "orders", "catalog", "search", "checkout", "payments", "ledger", "invoice", "shipping", "returns", "users", "profile", "session",
	"metrics", "audit", "events", "stream", "archive", "backup", "media", "images", "assets", "config", "deploy", "build", "release", "staging",
	"prod", "dev", "test", "batch", "nightly", "report", "export", "import", "crawler", "feed", "ranking", "pricing", "risk", "fraud", "support",
	"notify", "mailer", "queue", "worker", "scheduler", "gateway", "proxy", "cache", "index", "graph", "vault", "keys", "tokens", "identity",
}

var services = [...]string{
	"cloudtrail.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com", "config.amazonaws.com", "autoscaling.amazonaws.com",
	"delivery.logs.amazonaws.com", "ecs-tasks.amazonaws.com", "eks.amazonaws.com", "ssm.amazonaws.com", "events.amazonaws.com",
}

func newPrincipal(d *dice, account string, i int) principal {
	var p principal
	p.ip, p.agent = address(d), agentOf(d)
	word := func() string { return words[d.below(len(words))] }
	role := roleName(i)
	// <session> and <began> change from day to day.
	session := func(kind, id, arn, issuer string) string {
		return fmt.Sprintf(`{"type":"%s","principalId":"%s","arn":"%s","accountId":"%s","accessKeyId":"<session>","sessionContext":{"sessionIssuer":%s,"attributes":{"creationDate":"<began>","mfaAuthenticated":"%t"}}}`,
			kind, id, arn, account, issuer, d.below(8) == 0)
	}
	issuer := fmt.Sprintf(`{"type":"Role","principalId":"AROA%s","arn":"arn:aws:iam::%s:role/%s","accountId":"%s","userName":"%s"}`,
		d.letters(17), account, role, account, role)
	var identity string
	assumed := func(name string) {
		p.arn = fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", account, role, name)
		identity = session("AssumedRole", "AROA"+d.letters(17)+":"+name, p.arn, issuer)
	}
	switch n := d.below(100); {
	case i == principalsPerAccount-1:
		p.arn, p.console = fmt.Sprintf("arn:aws:iam::%s:root", account), true
		identity = fmt.Sprintf(`{"type":"Root","principalId":"%s","arn":"%s","accountId":"%s","accessKeyId":"<session>","sessionContext":{"attributes":{"creationDate":"<began>","mfaAuthenticated":"true"}}}`,
			account, p.arn, account)
	case n < 45: // most calls are those of services
		name := services[d.below(len(services))]
		p.service, p.ip, p.agent = true, name, name
		p.arn = name
		identity = fmt.Sprintf(`{"type":"AWSService","invokedBy":"%s"}`, name)
	case n < 60: // machines
		assumed("i-" + d.hex(17))
	case n < 70: // functions
		assumed(word() + "-" + word() + "-" + d.hex(6))
	case n < 76: // people, through IAM Identity Center
		role = "AWSReservedSSO_" + strings.ToUpper(word()[:1]) + word() + "_" + d.hex(16)
		issuer = fmt.Sprintf(`{"type":"Role","principalId":"AROA%s","arn":"arn:aws:iam::%s:role/aws-reserved/sso.amazonaws.com/%s","accountId":"%s","userName":"%s"}`,
			d.letters(17), account, role, account, role)
		assumed(fmt.Sprintf("%s.%d@example.com", word(), i))
		p.console = true
	case n < 78:
		name := fmt.Sprintf("kiosk-%d", i)
		p.arn = fmt.Sprintf("arn:aws:sts::%s:federated-user/%s", account, name)
		identity = session("FederatedUser", account+":"+name, p.arn,
			fmt.Sprintf(`{"type":"IAMUser","principalId":"AIDA%s","arn":"arn:aws:iam::%s:user/%s","accountId":"%s","userName":"%s"}`, d.letters(17), account, userName(i), account, userName(i)))
	case n < 80: // of another account
		other := accounts[d.below(len(accounts))]
		p.arn = fmt.Sprintf("arn:aws:iam::%s:root", other)
		identity = fmt.Sprintf(`{"type":"AWSAccount","principalId":"AROA%s:%s","accountId":"%s"}`, d.letters(17), word(), other)
	default:
		name := userName(i)
		p.arn = fmt.Sprintf("arn:aws:iam::%s:user/%s", account, name)
		identity = fmt.Sprintf(`{"type":"IAMUser","principalId":"AIDA%s","arn":"%s","accountId":"%s","accessKeyId":"AKIA%s","userName":"%s"}`,
			d.letters(17), p.arn, account, d.letters(16), name)
	}
	p.identity = compile(identity)
	return p
}

func userName(i int) string {
	return fmt.Sprintf("%s-%s-%d", words[i%len(words)], words[i/7%len(words)], i)
}

func roleName(i int) string {
	return fmt.Sprintf("%s-%s-role-%d", words[i%len(words)], words[i/5%len(words)], i%300)
}

// address is one of the ranges that are kept for documentation.
func address(d *dice) string {
	nets := [...]string{"192.0.2.", "198.51.100.", "203.0.113."}
	if d.below(5) == 0 {
		return fmt.Sprintf("2001:db8:%x:%x::%x", d.below(1<<16), d.below(1<<16), d.below(1<<16))
	}
	return fmt.Sprintf("%s%d", nets[d.below(len(nets))], 1+d.below(254))
}

func agentOf(d *dice) string {
	switch d.below(7) {
	case 0:
		return fmt.Sprintf("Boto3/1.%d.%d md/Botocore#1.%d.%d ua/2.0 os/linux#6.1.%d-1.amzn2023.x86_64 md/arch#x86_64 lang/python#3.%d.%d",
			d.below(40), d.below(160), d.below(40), d.below(160), d.below(160), 8+d.below(6), d.below(20))
	case 1:
		return fmt.Sprintf("aws-sdk-go-v2/1.%d.0 ua/2.1 os/linux lang/go#1.%d.%d md/GOARCH#arm64 md/GOOS#linux exec-env/AWS_Lambda_provided.al2023 api/s3#1.%d.0", d.below(40), 20+d.below(6), d.below(12), d.below(90))
	case 2:
		return fmt.Sprintf("aws-sdk-java/2.%d.%d Linux/5.10.%d-201.855.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.%d+%d-LTS Java/17.0.%d", d.below(30), d.below(99), d.below(240), d.below(16), d.below(12), d.below(16))
	case 3:
		return fmt.Sprintf("APN/1.0 HashiCorp/1.0 Terraform/1.%d.%d (+https://www.terraform.io) terraform-provider-aws/5.%d.0", d.below(12), d.below(8), d.below(80))
	case 4:
		return fmt.Sprintf("[aws-cli/2.%d.%d md/awscrt#0.%d.%d ua/2.0 os/macos#24.%d.0 md/arch#arm64 lang/python#3.12.%d md/command#s3.cp]", d.below(30), d.below(60), d.below(24), d.below(9), d.below(6), d.below(9))
	case 5:
		return fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", 100+d.below(40))
	}
	return "AWS Internal"
}
