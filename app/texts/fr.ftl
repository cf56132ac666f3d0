# Mi Points en français (France), au vouvoiement. Mots du programme : point, bon de réduction, commande, solde, expirer, Fuel, compte Mi.
# Titres, explications et lignes sans point final ; avis, motifs et erreurs sont des phrases.
# Une espace insécable précède : ; ! ? (un test le vérifie). « Un million de points » a sa propre forme, [many].

points =
    { $points ->
        [one] { $points } point
        [many] { $points } de points
       *[other] { $points } points
    }
of-activity =
    { $activity ->
        [none] { "" }
       *[other]  : { $activity }
    }
offer-title = Bon de réduction de { SHORT($value) }

## Règles, comme règles et comme invitations

rule-REGISTRATION = Inscription à Mi Points
rule-APP_LOGIN = Première connexion à l’application
rule-PURCHASE = Achat
rule-SHARE = Partage d’un produit
rule-REVIEW = Avis sur un produit
rule-FUEL = Fuel
rule-FUEL_STREAK = Série Fuel
rule-CAMPAIGN = Campagne
rule-ADJUSTMENT = Ajustement par notre équipe

opportunity-REGISTRATION = Rejoignez Mi Points et recevez { points }
opportunity-APP_LOGIN = Connectez-vous à l’application Mi Store et recevez { points }
opportunity-PURCHASE =
    Achetez sur mi.com et recevez { points } par { $currency ->
        [EUR] euro entier
        [GBP] livre entière
        [none] unité entière de votre monnaie
       *[other] { $currency } entier
    }
opportunity-SHARE = Partagez un produit et recevez { points }
opportunity-REVIEW = Donnez votre avis sur un produit et recevez { points }
opportunity-FUEL = Touchez Fuel aujourd’hui et recevez { points }
opportunity-FUEL_STREAK = Complétez votre série Fuel et recevez { points } en plus
opportunity-CAMPAIGN = Participez à la campagne et recevez { points }

## Ce qu’un membre a fait

activity-REGISTRATION = Inscription à Mi Points
activity-APP_LOGIN = Connexion à l’application Mi Store
activity-PURCHASE = Commande { $reference }
activity-SHARE = { $sku } partagé sur { $network }
activity-REVIEW = Avis sur { $sku }
activity-FUEL = Fuel du { $day }
activity-CUSTOM = Activité { $code }
activity-ADJUSTMENT = Ajustement par notre équipe

## Lignes du relevé

entry-EARN = Gagnés{ of-activity }
entry-EARN-PENDING = En attente{ of-activity }
entry-POST = Crédités{ of-activity }
entry-CLAWBACK = Repris{ of-activity }
entry-DEBT = Points dus{ of-activity }
entry-DEBT_REPAID = Points dus remboursés{ of-activity }
entry-REDEEM =
    { $value ->
        [none] Bon de réduction
       *[other] Bon de réduction de { $value }
    }
entry-RESTORE = Points rendus{ of-activity }
entry-RESERVE = Points réservés pour une commande{ of-activity }
entry-RELEASE = Points réservés libérés{ of-activity }
entry-CAPTURE = Points utilisés pour une commande{ of-activity }
entry-EXPIRE = Points expirés{ of-activity }
entry-ADJUST = Ajustement par notre équipe
entry-FORFEIT = Points perdus à la clôture du compte
entry-FORFEIT-DEBT = Points dus effacés à la clôture du compte

## Avis aux membres

notice-POSTED = Nous avons crédité { points } sur votre compte{ of-activity }.
notice-CLAWED_BACK = Nous avons repris { points } sur votre compte{ of-activity }.
notice-RESTORED = Nous vous avons rendu { points }{ of-activity }.
notice-EXPIRING = Pensez à utiliser { points } : votre dernier jour est le { $last_usable }.
notice-EXPIRED =
    { $points ->
        [one] { points } a expiré.
       *[other] { points } ont expiré.
    }
notice-COUPON_EXPIRING = Votre bon de réduction de { $value } vous attend : le dernier jour pour l’utiliser est le { $last_usable }.
notice-ADJUSTED = Notre équipe a ajusté votre solde : { points }.

## Pourquoi une récompense a ses points

explain-REGISTRATION = { points } pour votre inscription à Mi Points, une seule fois par compte Mi
explain-APP_LOGIN = { points } pour votre première connexion à l’application Mi Store
explain-PURCHASE =
    { $units } { $currency ->
        [EUR] { $units ->
            [one] euro entier
            [many] d’euros entiers
           *[other] euros entiers
        }
        [GBP] { $units ->
            [one] livre entière
            [many] de livres entières
           *[other] livres entières
        }
       *[other] { $currency } { $units ->
            [one] entier
           *[other] entiers
        }
    } sur { AMOUNT($net) } nets{ explain-coupon }{ explain-points-discount }{ explain-excluded }
explain-coupon =
    { $coupon ->
        [none] { "" }
       *[other] { " " }après un bon de réduction de { AMOUNT($coupon) }
    }
explain-points-discount =
    { $points_discount ->
        [none] { "" }
       *[other] { $coupon ->
            [none] { " " }après { AMOUNT($points_discount) } payés en points
           *[other] { " " }et { AMOUNT($points_discount) } payés en points
        }
    }
explain-excluded =
    { $excluded ->
        [none] { "" }
       *[other] , sans { AMOUNT($excluded) } de produits exclus
    }
explain-SHARE =
    { points } pour le partage d’un produit{ $limit ->
        [none] { "" }
       *[other] , { $number } sur { $limit } en { MONTH($month) }
    }
explain-REVIEW = { points } pour votre avis sur { $sku }
explain-FUEL = { points } pour Fuel le { $day }
explain-FUEL_STREAK = { points } en plus pour { $days } jours de Fuel d’affilée, jusqu’au { $day }
explain-CUSTOM = { points } pour l’activité { $code }
explain-CAMPAIGN_BONUS = { points } de la campagne « { $campaign } »
explain-CAMPAIGN_MULTIPLIER =
    { points } de la campagne « { $campaign } » : vos { $base } { $base ->
        [one] point compte
       *[other] points comptent
    } { $multiplier } fois
explain-CAMPAIGN_PER_UNIT = { points } de la campagne « { $campaign } » : { $units } × { $each } sur { $net } net
explain-ADJUSTMENT = Ajustement par notre équipe : { points }

## Façons de payer une commande

checkout-NONE = À payer : { $to_pay }, sans points{ checkout-expiring }
checkout-POINTS = { $points_discount } de moins avec { points } ; à payer : { $to_pay }{ checkout-expiring }
checkout-COUPON = { $coupon } de moins avec votre bon de réduction{ checkout-ends } ; à payer : { $to_pay }{ checkout-expiring }
checkout-OFFER = { $coupon } de moins avec un bon de réduction du catalogue (prix en points : { $price }) ; à payer : { $to_pay }{ checkout-expiring }
checkout-COUPON_AND_POINTS = { $coupon } de moins avec votre bon de réduction{ checkout-ends } et { $points_discount } de moins avec { points } ; à payer : { $to_pay }{ checkout-expiring }
checkout-OFFER_AND_POINTS = { $coupon } de moins avec un bon de réduction du catalogue (prix en points : { $price }) et { $points_discount } de moins avec { points } ; à payer : { $to_pay }{ checkout-expiring }
checkout-ends =
    { $coupon_ends ->
        [none] { "" }
       *[other] { " " }(utilisable jusqu’au { $coupon_ends })
    }
checkout-expiring =
    { $expiring ->
        [none] { "" }
        [one] { " " }; { $expiring } point expire le { $expires }
        [many] { " " }; { $expiring } de points expirent le { $expires }
       *[other] { " " }; { $expiring } points expirent le { $expires }
    }

## Pourquoi rien, ou pourquoi moins

reason-LIMIT_REACHED =
    { $period ->
        [LIFETIME] { $limit ->
            [one] Cela ne rapporte des points qu’une fois par compte Mi
           *[other] Cela ne rapporte des points que { $limit } fois par compte Mi
        }
        [PRODUCT] { $limit ->
            [one] Cela ne rapporte des points qu’une fois par produit
           *[other] Cela ne rapporte des points que { $limit } fois par produit
        }
        [MONTH] { $limit ->
            [one] Cela ne rapporte des points qu’une fois par mois civil
           *[other] Cela ne rapporte des points que { $limit } fois par mois civil
        }
        [DAY] { $limit ->
            [one] Cela ne rapporte des points qu’une fois par jour
           *[other] Cela ne rapporte des points que { $limit } fois par jour
        }
       *[other] La limite de cette activité est atteinte
    }{ reopens }
reopens =
    { $resets ->
        [none] .
       *[other]  ; ce sera de nouveau possible à partir du { $resets }.
    }
reason-BELOW_ONE_UNIT =
    { $net }, c’est moins { $currency ->
        [EUR] d’un euro entier
        [GBP] d’une livre entière
       *[other] de 1 { $currency } entier
    } : aucun point n’est gagné.
reason-EXCLUDED = Ces produits ne rapportent pas de points.
reason-ACCOUNT_SUSPENDED = Un compte suspendu ne gagne pas de points.
reason-NO_RULE = Cette activité ne rapporte pas de points.
reason-CAMPAIGN_LIMIT = Vous avez déjà reçu ce que la campagne accorde à chaque membre{ reopens }
reason-BUDGET_EXHAUSTED = La campagne a distribué tous ses points.
reason-REVIEW_REJECTED =
    { $note ->
        [none] L’avis ne respecte pas les conditions de publication des avis.
       *[other] L’avis ne respecte pas les conditions de publication des avis : « { $note } ».
    }
reason-REVIEW_PENDING = L’avis est en cours de vérification ; ses points arrivent avec son approbation.
reason-RETURNED = Des produits de la commande ont été retournés.
reason-REVIEW_DELETED =
    { $note ->
        [none] L’avis a été supprimé.
       *[other] L’avis a été supprimé : « { $note } ».
    }
reason-SHARE_DELETED = La publication partagée a été supprimée.
reason-ORDER_CANCELLED = La commande a été annulée.
reason-REINSTATED = Le retrait avait été fait par erreur : « { $note } ».
reason-ADJUSTED =
    { $note ->
        [none] Ajustement de notre équipe.
       *[other] Ajustement de notre équipe : « { $note } ».
    }
reason-NEEDS_APPROVAL =
    { $note ->
        [none] Un ajustement de notre équipe attend l’accord d’un collègue.
       *[other] Un ajustement de notre équipe attend l’accord d’un collègue : « { $note } ».
    }
reason-COUPON_CANCELLED = Notre équipe a annulé le bon de réduction : « { $note } ».

## Refus

error-NOT_ENROLLED = Vous n’avez pas encore rejoint Mi Points.
error-ALREADY_ENROLLED = Ce compte Mi participe déjà à Mi Points.
error-MARKET_NOT_SERVED = Mi Points n’est pas encore disponible dans ce pays ({ $market }).
error-UNDER_AGE = Vous pouvez rejoindre Mi Points à partir de { $minimum_age } ans.
error-ACCOUNT_SUSPENDED = Votre compte Mi Points est suspendu. Veuillez contacter notre service client.
error-ACCOUNT_CLOSED = Ce compte Mi Points est clôturé.
error-TERMS_NOT_ACCEPTED = Veuillez accepter les conditions actuelles de Mi Points (version { $terms_version }).
error-INSUFFICIENT_POINTS = Vous n’avez pas assez de points : il en faut { $required }, vous en avez { $available } et il en manque { $missing }.
error-BELOW_MINIMUM = Pour utiliser des points sur une commande, le solde minimum est de { $minimum } ; le vôtre est de { $posted }.
error-LIMIT_REACHED =
    { $limit ->
        [one] Cela n’est possible qu’une fois
       *[other] Cela n’est possible que { $limit } fois
    }{ reopens }
error-OUT_OF_STOCK = Cette offre est épuisée.
error-OFFER_NOT_OPEN = Cette offre n’est pas ouverte en ce moment.
error-OFFER_SUSPENDED = Cette offre est suspendue en ce moment.
error-NO_ELIGIBLE_LINES = Aucun produit de cette commande ne remplit les conditions.
error-ABOVE_MAXIMUM_SHARE = Trop de points pour cette commande : le maximum est de { $maximum }.
error-COUPON_NOT_FOUND = Ce bon de réduction est introuvable. Veuillez vérifier le code.
error-COUPON_NOT_USABLE = Ce bon de réduction a déjà été utilisé ou n’est pas utilisable maintenant.
error-COUPON_EXPIRED = Ce bon de réduction a expiré.
error-BELOW_MINIMUM_ORDER = Ce bon de réduction demande une commande d’au moins { $minimum } en produits remplissant les conditions.
error-RESERVATION_NOT_HELD = Ces points ne sont plus réservés.
error-CAPTURE_SHORTFALL = Points de cette réservation qui ne sont plus disponibles : { $missing }.
error-IDEMPOTENCY_KEY_REUSED = Cette clé d’idempotence a déjà servi pour une autre requête.
error-CURRENCY_NOT_OF_MARKET = Ce pays utilise { $expected }, pas { $given }.
error-UNKNOWN_ACTIVITY = Il n’y a pas d’activité { $code } dans ce pays à ce moment.
error-PERSON_ALREADY_ENROLLED = Cette personne participe déjà à Mi Points avec un autre compte Mi.
error-FORFEIT_MISMATCH = En clôturant le compte, vous perdez { points }. Veuillez confirmer exactement ce nombre.
error-TAP_TOO_OLD = Un appui sur Fuel peut être enregistré jusqu’à { $hours } h plus tard.
error-PRICE_CHANGED = Le prix en points est maintenant de { $price }, et non de { $expected }.
error-CAMPAIGN_EXISTS = Il existe déjà une campagne nommée { $slug }.
error-ALREADY_DECIDED =
    { $decision ->
        [APPROVED] Cela a déjà été approuvé.
        [REJECTED] Cela a déjà été refusé.
       *[other] Cela a déjà été décidé.
    }
error-RETURN_EXCEEDS_ORDER = Le retour contient plus que ce qui reste de la commande.
error-NEEDS_APPROVAL = Un ajustement au-delà de la limite en points ({ $limit }) demande l’approbation d’un collègue.
error-NOT_FOUND =
    { $what ->
        [MEMBER] Ce membre est introuvable.
        [OFFER] Cette offre est introuvable.
        [COUPON] Ce bon de réduction est introuvable.
        [ACTIVITY] Cette activité est introuvable.
        [ORDER] Cette commande est introuvable.
        [REVIEW] Cet avis est introuvable.
        [SHARE] Cette publication est introuvable.
        [RESERVATION] Cette réservation est introuvable.
        [CAMPAIGN] Cette campagne est introuvable.
       *[other] Ce que vous cherchez est introuvable.
    }
error-CONDITION_INVALID =
    La condition n’est pas valide : { $problem ->
        [TOO_LONG] elle dépasse 2 000 caractères.
        [TOO_DEEP] elle a trop de niveaux.
        [TOO_COSTLY] son évaluation est trop longue.
        [NOT_BOOL] elle doit être vraie ou fausse.
        [NOT_A_TEXT] ce n’est pas un texte.
       *[other] « { $problem } ».
    }
error-INVALID_INPUT =
    { $problem ->
        [EMPTY] Cette valeur ne doit pas être vide.
        [TOO_LONG] Cette valeur est trop longue{ at-most }.
        [TOO_SHORT] Cette valeur est trop courte{ at-least }.
        [CONTROL_CHARACTERS] Cette valeur contient des caractères non autorisés.
        [OUT_OF_RANGE] Cette valeur est hors limites{ bounds }.
        [TOO_MANY_DECIMALS] Ce montant a trop de décimales.
        [NOT_MONEY] Ce n’est pas un montant.
        [IN_FUTURE] Cette date est dans le futur.
        [IN_PAST] Cette date est dans le passé.
        [TOO_EARLY] C’est trop tôt.
        [DUPLICATE_LINE] Deux lignes de la commande ne se distinguent pas ; donnez à chacune son lineId.
        [MALFORMED_URL] Ce n’est pas une adresse web complète.
        [MALFORMED_NETWORK] Le réseau doit être un seul mot en minuscules.
        [MALFORMED] Cette valeur n’a pas la forme attendue.
        [UNKNOWN_ID] Rien ne porte cet identifiant.
        [OTHER_POINTS] Ces points ne sont pas ceux que la commande indique ou réserve.
        [ALREADY_RECORDED] Cette commande est déjà enregistrée ou payée avec des points.
        [OTHER_MEMBER] Cela appartient à un autre membre.
        [OTHER_MARKET] Ce compte appartient à un autre marché.
        [ONE_OF] Indiquez exactement une de ces valeurs.
        [TOO_MANY] Il y a trop d’éléments{ at-most }.
        [NOT_A_POST] Seuls un avis ou une publication partagée peuvent être rétablis.
        [EXCEEDS_ORDER] C’est plus que le montant de la commande.
        [CLOCK_BACK] L’horloge ne recule jamais.
        [TWICE] La même valeur figure ici deux fois.
        [NOT_OF_TRIGGER] Cela ne va pas avec ce que récompense la campagne.
        [NO_TRIGGER] Une campagne ne peut pas récompenser cela.
        [DOCUMENT] Le document n’est pas correct{ at-place }.
       *[other] Cette valeur n’est pas valide.
    }
at-place =
    { $place ->
        [none] { "" }
       *[other] { " : " }{ $place }{ $detail ->
            [none] { "" }
           *[other] { " : " }{ $detail }
        }
    }
at-most =
    { $maximum ->
        [none] { "" }
       *[other] { " " }(au plus { $maximum })
    }
at-least =
    { $minimum ->
        [none] { "" }
       *[other] { " " }(au moins { $minimum })
    }
bounds =
    { $minimum ->
        [none] { at-most }
       *[other] { $maximum ->
            [none] { at-least }
           *[other] { " " }(de { $minimum } à { $maximum })
        }
    }
