# Mi Points in English (United Kingdom). The programme's words: point, coupon, order, balance, Fuel, Mi Account.
# Titles, explanations and entries carry no full stop; notices, reasons and errors are sentences.
# `$x` comes from the fact `x`, `x_minor` (money), `x_on` (date) or `x_at` (instant); a `[none]` variant makes a fact optional.

points =
    { $points ->
        [one] { $points } point
       *[other] { $points } points
    }
of-activity =
    { $activity ->
        [none] { "" }
       *[other] : { $activity }
    }
offer-title = { SHORT($value) } coupon

## Earning rules, as rules and as invitations

rule-REGISTRATION = Joining Mi Points
rule-APP_LOGIN = First log-in to the app
rule-PURCHASE = Purchase
rule-SHARE = Sharing a product
rule-REVIEW = Product review
rule-FUEL = Fuel
rule-FUEL_STREAK = Fuel streak
rule-CAMPAIGN = Campaign
rule-ADJUSTMENT = Adjustment by our team

opportunity-REGISTRATION = Join Mi Points and get { points }
opportunity-APP_LOGIN = Log in to the Mi Store app and get { points }
opportunity-PURCHASE =
    Shop on mi.com and get { points } for every whole { $currency ->
        [EUR] euro
        [GBP] pound
        [none] unit of your currency
       *[other] { $currency }
    }
opportunity-SHARE = Share a product and get { points }
opportunity-REVIEW = Review a product and get { points }
opportunity-FUEL = Tap Fuel today and get { points }
opportunity-FUEL_STREAK = Complete your Fuel streak and get { points } extra
opportunity-CAMPAIGN = Take part in the campaign and get { points }

## What a member did

activity-REGISTRATION = Joined Mi Points
activity-APP_LOGIN = Logged in to the Mi Store app
activity-PURCHASE = Order { $reference }
activity-SHARE = Shared { $sku } on { $network }
activity-REVIEW = Review of { $sku }
activity-FUEL = Fuel on { $day }
activity-CUSTOM = Activity { $code }
activity-ADJUSTMENT = Adjustment by our team

## Lines of the statement

entry-EARN = Earned{ of-activity }
entry-EARN-PENDING = Pending{ of-activity }
entry-POST = Posted{ of-activity }
entry-CLAWBACK = Taken back{ of-activity }
entry-DEBT = Points owed{ of-activity }
entry-DEBT_REPAID = Owed points repaid{ of-activity }
entry-REDEEM =
    { $value ->
        [none] Coupon
       *[other] Coupon { $value }
    }
entry-RESTORE = Points returned{ of-activity }
entry-RESERVE = Points reserved for an order{ of-activity }
entry-RELEASE = Reserved points released{ of-activity }
entry-CAPTURE = Points used on an order{ of-activity }
entry-EXPIRE = Expired points{ of-activity }
entry-ADJUST = Adjustment by our team
entry-FORFEIT = Points given up on closing the account
entry-FORFEIT-DEBT = Owed points written off on closing the account

## Notices

notice-POSTED = { points } added to your account{ of-activity }.
notice-CLAWED_BACK = { points } taken back{ of-activity }.
notice-RESTORED = { points } returned to you{ of-activity }.
notice-EXPIRING = Time to use { points }: your last day is { $last_usable }.
notice-EXPIRED = { points } expired.
notice-COUPON_EXPIRING = Your { $value } coupon is still waiting: the last day to use it is { $last_usable }.
notice-ADJUSTED = Our team adjusted your balance by { points }.

## Why an award has its points

explain-REGISTRATION = { points } for joining Mi Points, once per Mi Account
explain-APP_LOGIN = { points } for your first log-in to the Mi Store app
explain-PURCHASE =
    { $units } whole { $currency ->
        [EUR] { $units ->
            [one] euro
           *[other] euros
        }
        [GBP] { $units ->
            [one] pound
           *[other] pounds
        }
       *[other] { $currency }
    } of { AMOUNT($net) } net{ explain-coupon }{ explain-points-discount }{ explain-excluded }
explain-coupon =
    { $coupon ->
        [none] { "" }
       *[other] { " " }of a { AMOUNT($coupon) } coupon
    }
explain-points-discount =
    { $points_discount ->
        [none] { "" }
       *[other] { $coupon ->
            [none] { " " }of { AMOUNT($points_discount) } paid with points
           *[other] { " " }and { AMOUNT($points_discount) } paid with points
        }
    }
explain-excluded =
    { $excluded ->
        [none] { "" }
       *[other] , without { AMOUNT($excluded) } of excluded products
    }
explain-SHARE =
    { points } for sharing a product{ $limit ->
        [none] { "" }
       *[other] , { $number } of { $limit } in { MONTH($month) }
    }
explain-REVIEW = { points } for your review of { $sku }
explain-FUEL = { points } for Fuel on { $day }
explain-FUEL_STREAK = { points } extra for { $days } days of Fuel in a row, completed on { $day }
explain-CUSTOM = { points } for the activity { $code }
explain-CAMPAIGN_BONUS = { points } from the campaign “{ $campaign }”
explain-CAMPAIGN_MULTIPLIER =
    { points } from the campaign “{ $campaign }”: your { $base } { $base ->
        [one] point counts
       *[other] points count
    } { $multiplier } times
explain-CAMPAIGN_PER_UNIT = { points } from the campaign “{ $campaign }”: { $units } × { $each } of { $net } net
explain-ADJUSTMENT = Adjustment by our team: { points }

## Ways to pay at checkout

checkout-NONE = { $to_pay } to pay, without points{ checkout-expiring }
checkout-POINTS = { $points_discount } off with { points }: { $to_pay } to pay{ checkout-expiring }
checkout-COUPON = { $coupon } off with your coupon{ checkout-ends }: { $to_pay } to pay{ checkout-expiring }
checkout-OFFER = { $coupon } off with a coupon of the catalogue (price in points: { $price }): { $to_pay } to pay{ checkout-expiring }
checkout-COUPON_AND_POINTS = { $coupon } off with your coupon{ checkout-ends } and { $points_discount } off with { points }: { $to_pay } to pay{ checkout-expiring }
checkout-OFFER_AND_POINTS = { $coupon } off with a coupon of the catalogue (price in points: { $price }) and { $points_discount } off with { points }: { $to_pay } to pay{ checkout-expiring }
checkout-ends =
    { $coupon_ends ->
        [none] { "" }
       *[other] { " " }(usable through { $coupon_ends })
    }
checkout-expiring =
    { $expiring ->
        [none] { "" }
        [one] ; { $expiring } point expires on { $expires }
       *[other] ; { $expiring } points expire on { $expires }
    }

## Why nothing, or why less

reason-LIMIT_REACHED =
    { $period ->
        [LIFETIME] { $limit ->
            [one] This earns points only once per Mi Account
           *[other] This earns points only { $limit } times per Mi Account
        }
        [PRODUCT] { $limit ->
            [one] This earns points only once per product
           *[other] This earns points only { $limit } times per product
        }
        [MONTH] { $limit ->
            [one] This earns points only once per calendar month
           *[other] This earns points only { $limit } times per calendar month
        }
        [DAY] { $limit ->
            [one] This earns points only once a day
           *[other] This earns points only { $limit } times a day
        }
       *[other] The limit for this activity is reached
    }{ reopens }
reopens =
    { $resets ->
        [none] .
       *[other] ; it is possible again from { $resets }.
    }
reason-BELOW_ONE_UNIT =
    { $net } is less than one whole { $currency ->
        [EUR] euro
        [GBP] pound
       *[other] { $currency }
    }, so it earns no points.
reason-EXCLUDED = These products earn no points.
reason-ACCOUNT_SUSPENDED = A suspended account earns no points.
reason-NO_RULE = This activity earns no points.
reason-CAMPAIGN_LIMIT = You have already had what the campaign gives each member{ reopens }
reason-BUDGET_EXHAUSTED = The campaign has given all of its points.
reason-REVIEW_REJECTED =
    { $note ->
        [none] The review does not comply with the review terms.
       *[other] The review does not comply with the review terms: “{ $note }”.
    }
reason-REVIEW_PENDING = The review is being checked; its points come with its approval.
reason-RETURNED = Products of the order were returned.
reason-REVIEW_DELETED =
    { $note ->
        [none] The review was deleted.
       *[other] The review was deleted: “{ $note }”.
    }
reason-SHARE_DELETED = The shared post was deleted.
reason-ORDER_CANCELLED = The order was cancelled.
reason-REINSTATED = It had been taken back by mistake: “{ $note }”.
reason-ADJUSTED =
    { $note ->
        [none] Adjusted by our team.
       *[other] Adjusted by our team: “{ $note }”.
    }
reason-NEEDS_APPROVAL =
    { $note ->
        [none] An adjustment by our team waits for a colleague’s approval.
       *[other] An adjustment by our team waits for a colleague’s approval: “{ $note }”.
    }
reason-COUPON_CANCELLED = Our team has cancelled the coupon: “{ $note }”.

## Refusals

error-NOT_ENROLLED = You have not joined Mi Points yet.
error-ALREADY_ENROLLED = This Mi Account has already joined Mi Points.
error-MARKET_NOT_SERVED = Mi Points is not available in this market ({ $market }) yet.
error-UNDER_AGE = You can join Mi Points from the age of { $minimum_age }.
error-ACCOUNT_SUSPENDED = Your Mi Points account is suspended. Please contact our customer service.
error-ACCOUNT_CLOSED = This Mi Points account is closed.
error-TERMS_NOT_ACCEPTED = Please accept the current terms of Mi Points (version { $terms_version }).
error-INSUFFICIENT_POINTS = You do not have enough points: you need { $required }, you have { $available } and are { $missing } short.
error-BELOW_MINIMUM = To use points on an order you need a balance of at least { $minimum }; yours is { $posted }.
error-LIMIT_REACHED =
    { $limit ->
        [one] You can do this only once
       *[other] You can do this only { $limit } times
    }{ reopens }
error-OUT_OF_STOCK = This offer is sold out.
error-OFFER_NOT_OPEN = This offer is not open at the moment.
error-OFFER_SUSPENDED = This offer is suspended at the moment.
error-NO_ELIGIBLE_LINES = No product in this order qualifies.
error-ABOVE_MAXIMUM_SHARE = Too many points for this order: the most is { $maximum }.
error-COUPON_NOT_FOUND = We cannot find this coupon. Please check the code.
error-COUPON_NOT_USABLE = This coupon has already been used or cannot be used now.
error-COUPON_EXPIRED = This coupon has expired.
error-BELOW_MINIMUM_ORDER = This coupon needs an order of at least { $minimum } in qualifying products.
error-RESERVATION_NOT_HELD = These points are no longer reserved.
error-CAPTURE_SHORTFALL = Points of this reservation that are no longer available: { $missing }.
error-IDEMPOTENCY_KEY_REUSED = This idempotency key was already used for another request.
error-CURRENCY_NOT_OF_MARKET = This market uses { $expected }, not { $given }.
error-UNKNOWN_ACTIVITY = There is no activity { $code } in this market at that time.
error-PERSON_ALREADY_ENROLLED = This person already takes part in Mi Points with another Mi Account.
error-FORFEIT_MISMATCH = Closing the account gives up { points }. Please confirm exactly this number.
error-TAP_TOO_OLD = A Fuel tap can be recorded up to { $hours } h later.
error-PRICE_CHANGED = The price in points is now { $price }, not { $expected }.
error-CAMPAIGN_EXISTS = There is already a campaign named { $slug }.
error-ALREADY_DECIDED =
    { $decision ->
        [APPROVED] This has already been approved.
        [REJECTED] This has already been rejected.
       *[other] This has already been decided.
    }
error-RETURN_EXCEEDS_ORDER = The return contains more than what is left of the order.
error-NEEDS_APPROVAL = An adjustment beyond the limit in points ({ $limit }) needs a colleague’s approval.
error-NOT_FOUND =
    { $what ->
        [MEMBER] We cannot find this member.
        [OFFER] We cannot find this offer.
        [COUPON] We cannot find this coupon.
        [ACTIVITY] We cannot find this activity.
        [ORDER] We cannot find this order.
        [REVIEW] We cannot find this review.
        [SHARE] We cannot find this shared post.
        [RESERVATION] We cannot find this reservation.
        [CAMPAIGN] We cannot find this campaign.
       *[other] We cannot find what you asked for.
    }
error-CONDITION_INVALID =
    The condition is not valid: { $problem ->
        [TOO_LONG] it has more than 2,000 characters.
        [TOO_DEEP] it is nested too deeply.
        [TOO_COSTLY] it takes too long to evaluate.
        [NOT_BOOL] it must be true or false.
        [NOT_A_TEXT] it is not a text.
       *[other] “{ $problem }”.
    }
error-INVALID_INPUT =
    { $problem ->
        [EMPTY] This must not be empty.
        [TOO_LONG] This is too long{ at-most }.
        [TOO_SHORT] This is too short{ at-least }.
        [CONTROL_CHARACTERS] This contains characters that are not allowed.
        [OUT_OF_RANGE] This is out of range{ bounds }.
        [TOO_MANY_DECIMALS] This amount has too many decimals.
        [NOT_MONEY] This is not an amount of money.
        [IN_FUTURE] This lies in the future.
        [IN_PAST] This lies in the past.
        [TOO_EARLY] This is too early.
        [DUPLICATE_LINE] Two lines of the order cannot be told apart; give each its own lineId.
        [MALFORMED_URL] This is not a complete web address.
        [MALFORMED_NETWORK] The network must be one word in lower case.
        [MALFORMED] This does not have the expected form.
        [UNKNOWN_ID] Nothing has this id.
        [OTHER_POINTS] These are other points than the order names or holds.
        [ALREADY_RECORDED] This order is already recorded or paid with points.
        [OTHER_MEMBER] This belongs to another member.
        [OTHER_MARKET] This account belongs to another market.
        [ONE_OF] Give exactly one of these.
        [TOO_MANY] These are too many{ at-most }.
        [NOT_A_POST] Only a review or a shared post can be reinstated.
        [EXCEEDS_ORDER] This is more than the order comes to.
        [CLOCK_BACK] The clock never goes back.
        [TWICE] The same stands here twice.
        [NOT_OF_TRIGGER] This does not go with what the campaign rewards.
        [NO_TRIGGER] A campaign cannot reward this.
        [DOCUMENT] The document is not sound{ at-place }.
       *[other] This value is not valid.
    }
at-place =
    { $place ->
        [none] { "" }
       *[other] { ": " }{ $place }{ $detail ->
            [none] { "" }
           *[other] { ": " }{ $detail }
        }
    }
at-most =
    { $maximum ->
        [none] { "" }
       *[other] { " " }(at most { $maximum })
    }
at-least =
    { $minimum ->
        [none] { "" }
       *[other] { " " }(at least { $minimum })
    }
bounds =
    { $minimum ->
        [none] { at-most }
       *[other] { $maximum ->
            [none] { at-least }
           *[other] { " " }({ $minimum } to { $maximum })
        }
    }
