# References of the trend room: lm, sandwich, clubSandwich, t.test, and sign flips in loops. Run from tests/reference.
if (basename(getwd()) == "make") setwd("..")
source("make/people.R")
suppressMessages({library(sandwich); library(clubSandwich)})
all <- read.csv("../../data/raw/scholing/scholing.csv")
firms <- all[!is.na(all$lscrap), c("fcode", "year", "lscrap", "grant", "grant_1", "union", "employ", "scrap")]
firms <- firms[firms$fcode %in% names(which(table(firms$fcode) == 3)), ]; firms$grant_1[firms$year == 1987] <- 0
stopifnot(nrow(firms) == 162)
firms$start <- ave(ifelse(firms$grant == 1, firms$year, Inf), firms$fcode, FUN = min); firms$start[is.infinite(firms$start)] <- NA
firms$group <- as.numeric(!is.na(firms$start) & firms$start == 1988)
write.csv(firms[c("fcode", "year", "lscrap", "grant", "grant_1", "start", "group")], "data/jtrain_scrap.csv", row.names = FALSE, na = "")
firm_data <- list(csv = "data/jtrain_scrap.csv")
holzer <- "Holzer, Block, Cheatham and Knott (1993); Wooldridge, jtrain (54 firms, 1987-1989)"
line <- function(est, se, df, level = .95) { w <- qt((1 + level) / 2, df) * se
  list(estimate = est, std_error = se, statistic = est / se, df = df, p_value = 2 * pt(-abs(est / se), df),
    conf_low = est - w, conf_high = est + w) }
robust <- function(m, kind, cluster, name, level = .95) {
  if (kind == "classic") return(line(coef(m)[[name]], sqrt(vcov(m)[name, name]), df.residual(m), level))
  if (startsWith(kind, "hc")) return(line(coef(m)[[name]], sqrt(vcovHC(m, type = toupper(kind))[name, name]), df.residual(m), level))
  v <- vcovCR(m, cluster = cluster, type = toupper(kind))
  df <- if (kind == "cr2") { t <- coef_test(m, v, test = "Satterthwaite", coefs = name); t$df_Satt } else length(unique(cluster)) - 1
  line(coef(m)[[name]], sqrt(v[name, name]), df, level)
}

# ---- two-way fixed effects, T12
m <- lm(lscrap ~ grant + grant_1 + factor(year) + factor(fcode), firms)
within <- lm(resid(lm(lscrap ~ factor(fcode), firms)) ~ 0 + resid(lm(grant ~ factor(fcode), firms)) + resid(lm(grant_1 ~ factor(fcode), firms)) +
  resid(lm(I(1 * (year == 1988)) ~ factor(fcode), firms)) + resid(lm(I(1 * (year == 1989)) ~ factor(fcode), firms)))
r2 <- list(r_squared = summary(within)$r.squared); cat("within R2", r2$r_squared, "\n")
terms <- list(c("grant", "effect", "", "grant"), c("grant_1", "covariate", "", "grant_1"), c("year", "wave", "1988", "factor(year)1988"),
  c("year", "wave", "1989", "factor(year)1989"))
for (kind in c("classic", "cr0", "cr1", "cr1s", "cr2")) {
  rows <- lapply(terms, function(t) c(list(term = t[1], part = t[2], wave = t[3]), robust(m, kind, firms$fcode, t[4])))
  truth("trend", paste0("did_panel_", kind), "difference_in_differences", paste("54 firms, three years, lagged grant,", kind), firm_data,
    list(outcome = "lscrap", treated = "grant", wave = "year", unit = "fcode", covariates = I("grant_1"), errors = kind), rows, r2,
    list(n_used = 162), paste0("lm with firm and year dummies; vcovCR(type = '", kind, "'), coef_test Satterthwaite"), holzer,
    c("sandwich", "clubSandwich"), list(default = 1e-7))
  if (kind == "cr0") stopifnot(abs(rows[[1]]$std_error - .1403291) < 1e-6, abs(rows[[2]]$std_error - .2763347) < 1e-6)
}
printed <- list(c(-.252, .151), c(-.422, .210), c(-.080, .109), c(-.247, .133))
truth("trend", "did_printed_table", "difference_in_differences", "the printed fixed-effects estimates of log scrap", firm_data,
  list(outcome = "lscrap", treated = "grant", wave = "year", unit = "fcode", covariates = I("grant_1"), errors = "classic"),
  Map(function(t, v) list(term = t[1], part = t[2], wave = t[3], estimate = v[1], std_error = v[2]), terms, printed), list(r_squared = .201), NULL,
  "printed", "Wooldridge (2020), Introductory econometrics, Table 14.1", character(), list(default = list(abs = 6e-4)), kind = "paper")
two <- firms[firms$year < 1989, ]; m2 <- lm(lscrap ~ I(group * (year == 1988)) + factor(year) + factor(fcode), two)
d <- lm(diff ~ g, data.frame(diff = two$lscrap[two$year == 1988] - two$lscrap[two$year == 1987], g = two$group[two$year == 1988]))
cat("DiD", coef(d)[2], coef(summary(d))[2, 2], "\n")
rows <- list(c(list(term = "group", part = "effect"), robust(m2, "cr2", two$fcode, "I(group * (year == 1988))", .9)))
truth("trend", "did_two_waves", "difference_in_differences", "a group mark in two waves, CR2 by firm, 90%",
  list(columns = as.list(two[c("fcode", "year", "lscrap", "group")])), list(outcome = "lscrap", treated = "group", wave = "year",
    unit = "fcode", conf_level = .9), rows, NULL, list(n_used = 108), "lm with firm dummies; vcovCR CR2", holzer, "clubSandwich",
  list(default = 1e-7))
m3 <- lm(lscrap ~ I(group * (year >= 1988)) + factor(year) + group, firms)
for (kind in c("hc3", "hc0", "hc1", "hc2")) truth("trend", paste0("did_samples_", kind), "difference_in_differences",
  paste("the same rows as if repeated samples, treatment from 1988,", kind), firm_data,
  list(outcome = "lscrap", treated = "group", wave = "year", start = "1988", errors = kind),
  list(c(list(term = "group", part = "effect"), robust(m3, kind, NULL, "I(group * (year >= 1988))"))),
  list(r_squared = summary(m3)$r.squared), list(n_used = 162), paste0("lm; vcovHC(type = '", kind, "')"), holzer, "sandwich")
moments <- function(g) { p <- two[two$group == g, ]; a <- p$lscrap[p$year == 1987]; b <- p$lscrap[p$year == 1988]
  list(`__moments__` = list(columns = c("pre", "post"), mean = c(mean(a), mean(b)), sd = c(sd(a), sd(b)), corr = matrix(c(1, cor(a, b), cor(a, b), 1), 2), n = length(a))) }
printed <- list(control = moments(0), grant = moments(1))
tt <- t.test(d$model$diff[d$model$g == 1], d$model$diff[d$model$g == 0], var.equal = TRUE)
pre <- two[two$year == 1987, ]; n <- table(pre$group); s <- tapply(pre$lscrap, pre$group, var)
ppc2 <- function(est, n, s) est / sqrt(((n[1] - 1) * s[1] + (n[2] - 1) * s[2]) / (sum(n) - 2)) * (1 - 3 / (4 * (sum(n) - 2) - 1))
est <- coef(d)[[2]]; effect <- c(line(est, tt$stderr, tt$parameter[[1]]), list(effect = ppc2(est, n, s)[[1]], n = sum(n)))
chg <- function(g) { x <- d$model$diff[d$model$g == g]; t <- t.test(x); c(list(n = length(x)), line(mean(x), t$stderr, t$parameter[[1]])) }
stopifnot(abs(est + .31705792) < 1e-7, abs(tt$stderr - .16387514) < 1e-7)
truth("trend", "did_printed", "difference_in_differences", "from printed means, SDs, correlations and n", NULL,
  list(data = printed, outcome = c("pre", "post"), treated = "grant"), list(c(list(term = "grant", part = "effect"), effect),
    c(list(term = "control", part = "change"), chg(0)), c(list(term = "grant", part = "change"), chg(1))), NULL, list(n_used = 54),
  "t.test(var.equal = TRUE) on the changes; d_ppc2 of Morris (2008)", holzer)

# ---- wild cluster bootstrap: eight clusters, all 256 sign patterns, by brute force
set.seed(6)
wild <- data.frame(team = rep(1:8, each = 6), wave = rep(rep(1:2, each = 3), 8)); wild$treated <- 1 * (wild$team > 4)
wild$y <- round(rnorm(8, sd = .8)[wild$team] + rnorm(16, sd = .5)[wild$team + 8 * (wild$wave - 1)] + .9 * wild$treated * (wild$wave == 2) + rnorm(48), 3)
wild$d <- wild$treated * (wild$wave == 2); w2 <- 1 * (wild$wave == 2)
signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), 8)))
x <- cbind(1, wild$treated, w2, wild$d); xr <- x[, -4]
cr <- function(y, b0) { f <- lm.fit(x, y); e <- f$residuals; br <- solve(crossprod(x)); s <- rowsum(x * e, wild$team)
  (f$coefficients[4] - b0) / sqrt((br %*% crossprod(s) %*% br)[4, 4]) }
p_at <- function(b0) { f <- lm.fit(xr, wild$y - b0 * wild$d); fit <- f$fitted.values + b0 * wild$d
  t0 <- cr(wild$y, b0); ts <- apply(signs, 1, function(v) cr(fit + f$residuals * v[wild$team], b0)); mean(abs(ts) >= abs(t0) * (1 - 1e-10)) }
fit <- lm(y ~ treated + w2 + d, wild); base <- robust(fit, "cr1", wild$team, "d")
edge <- function(inside, outside) { for (i in 1:35) { m <- (inside + outside) / 2; if (p_at(m) > .05) inside <- m else outside <- m }; (inside + outside) / 2 }
b <- coef(fit)[["d"]]; se <- base$std_error
cat("wild p", p_at(0), "\n")
row <- modifyList(base, list(p_value = p_at(0), conf_low = edge(b, b - 12 * se), conf_high = edge(b, b + 12 * se)))
truth("trend", "did_wild", "difference_in_differences", "eight teams, restricted wild cluster bootstrap, all sign patterns",
  list(columns = as.list(wild[c("team", "wave", "treated", "y")])), list(outcome = "y", treated = "treated", wave = "wave", cluster = "team",
    errors = "wild"), list(c(list(term = "treated", part = "effect"), row)), list(r_squared = summary(fit)$r.squared), NULL,
  "lm.fit on 256 sign patterns, null imposed, CR1; ends by bisection", "Cameron, Gelbach and Miller (2008)", "clubSandwich",
  list(default = 1e-8, conf_low = 1e-6, conf_high = 1e-6))

# ---- event study
firms$rel <- firms$year - firms$start
for (v in c(-2, 0, 1)) firms[[paste0("r", if (v < 0) "m" else "p", abs(v))]] <- 1 * (!is.na(firms$rel) & firms$rel == v)
m <- lm(lscrap ~ rm2 + rp0 + rp1 + factor(year) + factor(fcode), firms)
ref <- list(term = "-1", part = "reference", estimate = 0, std_error = NA, n = sum(firms$rel == -1, na.rm = TRUE))
for (kind in c("classic", "cr2")) {
  rows <- Map(function(n, t, p, r) c(list(term = t, part = p, n = sum(firms$rel == r, na.rm = TRUE)), robust(m, kind, firms$fcode, n)),
    c("rm2", "rp0", "rp1"), c("-2", "0", "1"), c("before", "effect", "effect"), c(-2, 0, 1)) |> unname()
  t <- rows[[1]]$statistic; df <- if (kind == "cr2") NULL else df.residual(m)
  fit <- if (kind == "classic") list(statistic = t^2, df = 1, df2 = df, p_value = pf(t^2, 1, df, lower.tail = FALSE)) else NULL
  truth("trend", paste0("event_study_", kind), "event_study", paste("grants in 1988 or 1989,", kind), firm_data,
    list(outcome = "lscrap", start = "start", wave = "year", unit = "fcode", errors = kind), c(rows, list(ref)), fit, list(n_used = 162),
    "lm with firm and year dummies and dummies for years since the grant", holzer, "clubSandwich", list(default = 1e-7))
}
m <- lm(lscrap ~ I(pmax(rm2, 0)) + I(rp0 + rp1) + factor(year) + factor(fcode), firms)
truth("trend", "event_study_window", "event_study", "years since the grant taken together from 0 on", firm_data,
  list(outcome = "lscrap", start = "start", wave = "year", unit = "fcode", window = c(-2, 0), errors = "classic"),
  list(c(list(term = "0", part = "effect", n = sum(firms$rp0 + firms$rp1)), robust(m, "classic", NULL, "I(rp0 + rp1)"))), NULL, NULL,
  "lm with I(rp0 + rp1)", holzer)

firms$load <- (firms$fcode * 7 + firms$year * 3) %% 11; firms$town <- firms$fcode %% 9
m <- lm(lscrap ~ rm2 + rp0 + rp1 + load + factor(year) + factor(fcode), firms)
for (kind in c("cr0", "cr1", "cr1s", "hc1")) {
  towns <- !startsWith(kind, "hc")
  rows <- Map(function(n, t, p) c(list(term = t, part = p), robust(m, kind, firms$town, n, .9)), c("rm2", "rp0", "rp1"), c("-2", "0", "1"),
    c("before", "effect", "effect")) |> unname()
  truth("trend", paste0("event_study_towns_", kind), "event_study", paste("a covariate,", if (towns) "firms in nine clusters," else "", kind, "90%"),
    list(columns = as.list(firms[c("fcode", "year", "lscrap", "start", "load", "town")])), c(list(outcome = "lscrap", start = "start", wave = "year",
      unit = "fcode", covariates = I("load"), errors = kind, conf_level = .9), if (towns) list(cluster = "town")), rows, NULL, list(n_used = 162),
    paste0("lm with firm and year dummies; ", if (towns) "vcovCR" else "vcovHC", "(type = '", toupper(kind), "')"), holzer,
    if (towns) "clubSandwich" else "sandwich", list(default = 1e-7))
}

# ---- before and after
both <- data.frame(pre = two$lscrap[two$year == 1987], post = two$lscrap[two$year == 1988], grant = two$group[two$year == 1987],
  firm = two$fcode[two$year == 1987])
both_data <- list(columns = as.list(both))
one <- function(g) { x <- both[both$grant == g, ]; k <- nrow(x); t <- t.test(x$post, x$pre, paired = TRUE)
  c(list(n = k, mean = mean(x$pre), sd = sd(x$pre)), line(mean(x$post - x$pre), t$stderr, k - 1),
    list(effect = mean(x$post - x$pre) / sd(x$pre) * (1 - 3 / (4 * (k - 1) - 1)))) }
truth("trend", "change_groups", "change", "log scrap rate 1987 and 1988, firms without and with a grant", both_data,
  list(pre = "pre", post = "post", group = "grant"), list(c(list(term = "change", part = "change", group = "0"), one(0)),
    c(list(term = "change", part = "change", group = "1"), one(1)), c(list(term = "change", part = "difference", group = "1"), effect)), NULL,
  list(n_used = 54), "t.test(paired = TRUE); t.test(var.equal = TRUE) on the changes", holzer)
truth("trend", "change_printed", "change", "the same from printed moments", NULL, list(data = printed, pre = "pre", post = "post"),
  list(c(list(term = "change", part = "change", group = "control"), one(0)), c(list(term = "change", part = "difference", group = "grant"), effect)),
  NULL, list(n_used = 54), "t.test", holzer)
t9 <- t.test(d$model$diff[d$model$g == 1], d$model$diff[d$model$g == 0], var.equal = TRUE, conf.level = .9)
truth("trend", "change_90", "change", "the same, 90%", both_data, list(pre = "pre", post = "post", group = "grant", conf_level = .9),
  list(list(term = "change", part = "difference", group = "1", estimate = est, conf_low = t9$conf.int[1], conf_high = t9$conf.int[2])), NULL, NULL,
  "t.test(var.equal = TRUE, conf.level = .9)", holzer)
a <- lm(post ~ grant + pre, both); c_ <- lm(I(post - pre) ~ grant, both); s_ <- lm(pre ~ grant, both)
stopifnot(abs(coef(a)[["grant"]] + .2539697) < 1e-6, abs(coef(a)[["pre"]] - .8311606) < 1e-6)
lord <- function(a, c_, s_, kind, cl = NULL, level = .95) list(c(list(term = "grant", part = "ancova"), robust(a, kind, cl, "grant", level)),
  c(list(term = "pre", part = "ancova"), robust(a, kind, cl, "pre", level)), c(list(term = "grant", part = "change"), robust(c_, kind, cl, "grant", level)),
  c(list(term = "baseline", part = "explanation"), robust(s_, kind, cl, "grant", level)),
  list(term = "difference", part = "explanation", estimate = coef(a)[["grant"]] - coef(c_)[["grant"]]))
truth("trend", "ancova_classic", "ancova", "Lord's paradox in the training data", both_data, list(pre = "pre", post = "post", group = "grant"),
  lord(a, c_, s_, "classic"), list(r_squared = summary(a)$r.squared), list(n_used = 54), "lm(post ~ grant + pre); lm(post - pre ~ grant)", holzer)
both$size <- two$employ[two$year == 1987]; both$size[is.na(both$size)] <- 100; both$union <- rep(1:9, 6)
ac <- lm(post ~ grant + pre + size, both); cc <- lm(I(post - pre) ~ grant + size, both)
both_data2 <- list(columns = as.list(both))
truth("trend", "ancova_hc3", "ancova", "with a covariate, HC3, 90%", both_data2, list(pre = "pre", post = "post", group = "grant",
  covariates = I("size"), errors = "hc3", conf_level = .9), lord(ac, cc, s_, "hc3", NULL, .9), list(r_squared = summary(ac)$r.squared), NULL,
  "lm; vcovHC(type = 'HC3')", holzer, "sandwich")
truth("trend", "ancova_cr2", "ancova", "clustered, CR2", both_data2, list(pre = "pre", post = "post", group = "grant", cluster = "union",
  errors = "auto"), lord(a, c_, s_, "cr2", both$union), list(r_squared = summary(a)$r.squared), NULL, "lm; vcovCR(type = 'CR2')", holzer,
  "clubSandwich", list(default = 1e-7))

for (kind in c("hc0", "hc1", "hc2", "cr0", "cr1", "cr1s")) { clustered <- startsWith(kind, "cr")
  truth("trend", paste0("ancova_", kind), "ancova", paste("log scrap rate 1988 given 1987,", kind), both_data2, c(list(pre = "pre", post = "post", group = "grant",
    errors = kind), if (clustered) list(cluster = "union")), lord(a, c_, s_, kind, both$union)[1:4], NULL, NULL,
    paste0("lm; ", if (clustered) "vcovCR" else "vcovHC", "(type = '", toupper(kind), "')"), holzer, c("sandwich", "clubSandwich"), list(default = 1e-7)) }

# ---- waves and slopes
set.seed(7)
sv <- data.frame(year = rep(c(2015, 2017, 2019, 2020, 2023), c(14, 12, 16, 13, 15)), person = 0)
sv$mark <- round(7 + .05 * (sv$year - 2015) + rnorm(70, sd = 1.1), 1); sv$w <- round(runif(70, .4, 2), 2); sv$mark[c(5, 30)] <- NA
sv$person <- ave(seq_len(70), sv$year, FUN = seq_along); sv_data <- list(columns = as.list(sv))
ok <- sv[!is.na(sv$mark), ]
wave_rows <- function(weighted, level = .95) lapply(unique(sv$year), function(y) { x <- ok[ok$year == y, ]; k <- nrow(x)
  w <- if (weighted) x$w else rep(1, k); m <- weighted.mean(x$mark, w)
  s <- sqrt(weighted.mean((x$mark - m)^2, w) * k / (k - 1)); se <- if (weighted) sqrt(sum((w * (x$mark - m))^2) * k / (k - 1)) / sum(w) else s / sqrt(k)
  u <- qt((1 + level) / 2, k - 1) * se
  list(term = "mark", part = "wave", wave = as.character(y), n = k, n_missing = sum(sv$year == y) - k, mean = m, sd = s, estimate = m,
    std_error = se, conf_low = m - u, conf_high = m + u) })
years <- unique(sv$year)
welch <- lapply(2:5, function(i) { t <- t.test(ok$mark[ok$year == years[i]], ok$mark[ok$year == years[i - 1]])
  c(list(term = "mark", part = "change", wave = as.character(years[i]), n = sum(ok$year %in% years[i - 0:1])),
    line(-diff(t$estimate)[[1]], t$stderr, t$parameter[[1]])) })
truth("trend", "waves_plain", "waves", "five waves of separate samples", sv_data, list(outcome = "mark", wave = "year"),
  c(wave_rows(FALSE), welch), NULL, list(n_used = 68), "mean, sd, t.test (Welch)", "made data")
paired <- lapply(2:5, function(i) { x <- merge(ok[ok$year == years[i - 1], ], ok[ok$year == years[i], ], by = "person")
  t <- t.test(x$mark.y, x$mark.x, paired = TRUE); c(list(term = "mark", part = "change", wave = as.character(years[i]), n = nrow(x)),
    line(t$estimate[[1]], t$stderr, t$parameter[[1]])) })
truth("trend", "waves_paired", "waves", "the same by person, 95%", sv_data, list(outcome = "mark", wave = "year", unit = "person"),
  paired, NULL, NULL, "t.test(paired = TRUE) on those in both waves", "made data")
truth("trend", "waves_weighted", "waves", "weighted means, 90%", sv_data, list(outcome = "mark", wave = "year", weights = "w", conf_level = .9),
  wave_rows(TRUE, .9), NULL, NULL, "weighted.mean; linearised standard error as survey::svymean", "made data")
tost <- function(name, l, low, high, level = .95) { up <- (l$estimate - low) / l$std_error; dn <- (l$estimate - high) / l$std_error
  p <- c(pt(up, l$df, lower.tail = FALSE), pt(dn, l$df)); i <- which.max(p); u <- qt(level, l$df) * l$std_error
  list(term = name, part = "equivalence", estimate = l$estimate, std_error = l$std_error, statistic = c(up, dn)[i], df = l$df, p_value = p[i],
    conf_low = l$estimate - u, conf_high = l$estimate + u) }
m <- lm(mark ~ year, ok)
for (kind in c("hc3", "classic")) { l <- robust(m, kind, NULL, "year")
  truth("trend", paste0("slope_", kind), "slope", paste("linear trend, equivalence to at most 0.2 a year,", kind), sv_data,
    list(outcome = "mark", time = "year", bounds = .2, errors = kind), list(c(list(term = "year", part = "slope"), l), tost("year", l, -.2, .2)),
    list(r_squared = summary(m)$r.squared), list(n_used = 68), "lm(mark ~ year); two one-sided t tests", "made data", "sandwich") }
m <- lm(mark ~ year, ok, weights = w); l <- robust(m, "cr2", ok$person, "year", .9)
v <- vcovCR(m, cluster = ok$person, type = "CR2"); t <- coef_test(m, v, test = "Satterthwaite")
l <- line(coef(m)[["year"]], sqrt(v["year", "year"]), t["year", "df_Satt"], .9)
truth("trend", "slope_weighted_cr2", "slope", "weighted, people asked more often, uneven bounds, 90%", sv_data,
  list(outcome = "mark", time = "year", bounds = c(-.1, .3), weights = "w", cluster = "person", conf_level = .9),
  list(c(list(term = "year", part = "slope"), l), tost("year", l, -.1, .3, .9)), list(r_squared = summary(m)$r.squared), NULL,
  "lm(weights = w); vcovCR(type = 'CR2')", "made data", "clubSandwich", list(default = 1e-7))
m <- lm(mark ~ year, ok)
for (kind in c("hc0", "hc1", "hc2", "cr0", "cr1", "cr1s")) { clustered <- startsWith(kind, "cr")
  truth("trend", paste0("slope_", kind), "slope", paste("linear trend,", kind), sv_data, c(list(outcome = "mark", time = "year", errors = kind),
    if (clustered) list(cluster = "person")), list(c(list(term = "year", part = "slope"), robust(m, kind, ok$person, "year"))), NULL, NULL,
    paste0("lm; ", if (clustered) "vcovCR" else "vcovHC", "(type = '", toupper(kind), "')"), "made data", c("sandwich", "clubSandwich"), list(default = 1e-7)) }
ok$p1 <- pmin(ok$year, 2019) - 2015; ok$p2 <- pmax(ok$year, 2019) - 2019; m <- lm(mark ~ p1 + p2, ok)
rows <- list(c(list(term = "year 2015\u20132019", part = "slope"), robust(m, "hc3", NULL, "p1")),
  c(list(term = "year 2019\u20132023", part = "slope"), robust(m, "hc3", NULL, "p2")))
V <- vcovHC(m, type = "HC3"); g <- c(0, -1, 1)
rows <- c(rows, list(c(list(term = "2019", part = "bend"), line(sum(g * coef(m)), sqrt(drop(g %*% V %*% g)), df.residual(m)))))
truth("trend", "slope_pieces", "slope", "a line that may bend in 2019", sv_data, list(outcome = "mark", time = "year", breaks = I(2019)), rows,
  list(r_squared = summary(m)$r.squared), NULL, "lm(mark ~ pmin(year, 2019) + pmax(year, 2019)); vcovHC(type = 'HC3')", "made data", "sandwich")

# everyone a level of their own: a dummy per person
for (kind in c("cr2", "classic")) { m <- lm(mark ~ year + factor(person), ok); l <- robust(m, kind, ok$person, "year")
  within <- lm(resid(lm(mark ~ factor(person), ok)) ~ 0 + resid(lm(year ~ factor(person), ok)))
  truth("trend", paste0("slope_within_", kind), "slope", paste("change within persons,", kind), sv_data,
    list(outcome = "mark", time = "year", bounds = .2, unit = "person", errors = kind),
    list(c(list(term = "year", part = "slope"), l), tost("year", l, -.2, .2)), list(r_squared = summary(within)$r.squared), list(n_used = 68),
    "lm(mark ~ year + factor(person)); vcovCR(type = 'CR2'), coef_test Satterthwaite", "made data", "clubSandwich", list(default = 1e-7)) }
m <- lm(mark ~ p1 + p2 + factor(person), ok); v <- vcovCR(m, cluster = ok$person, type = "CR2"); g <- c(0, -1, 1, rep(0, length(coef(m)) - 3))
b <- linear_contrast(m, v, matrix(g, 1), test = "Satterthwaite")
rows <- list(c(list(term = "year 2015\u20132019", part = "slope"), robust(m, "cr2", ok$person, "p1")),
  c(list(term = "year 2019\u20132023", part = "slope"), robust(m, "cr2", ok$person, "p2")),
  c(list(term = "2019", part = "bend"), line(b$Est, b$SE, b$df)))
truth("trend", "slope_within_pieces", "slope", "change within persons, bend in 2019", sv_data,
  list(outcome = "mark", time = "year", breaks = I(2019), unit = "person"), rows, NULL, list(n_used = 68),
  "lm(mark ~ p1 + p2 + factor(person)); vcovCR(type = 'CR2'), linear_contrast Satterthwaite", "made data", "clubSandwich", list(default = 1e-7))
